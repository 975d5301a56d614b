#include "rpc/channel.h"

#include <map>
#include <thread>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include "rpc/library.h"

namespace kip::rpc {

namespace {

// The kubelet takes answers of as many bytes (maxMsgSize of its CRI client).
constexpr int max_answer = 16 << 20;
// gRPC waits up to two minutes before it tries again to connect; a server restarts in seconds.
constexpr int longest_reconnect_wait_ms = 2000;
// gRPC ends each call by its deadline; one that it forgot is ended by us, this much later.
constexpr Duration after_deadline = std::chrono::seconds{5};

}  // namespace

// One call. gRPC writes into it until the queue gave its last operation back, so the channel's
// state keeps it. It has one operation in the queue at a time, and its address is the tag of each.
struct UnderWay {
  virtual ~UnderWay() = default;
  // An operation came back; `ok` is false where it failed. True: it was the last.
  virtual bool go_on(bool ok) = 0;

  grpc::ClientContext context;
  grpc::Status status;
  grpc::ByteBuffer response;
  std::function<void(const Result<std::string, Refusal>&)> done;  // empty: given up
  // Also work that the loop knows of: gRPC's is none to it, and it would end.
  HandlePtr too_late;
};

namespace {

struct UnaryCall : UnderWay {
  void start(grpc::GenericStub& stub, const char* path, const std::string& request,
             grpc::CompletionQueue& queue) {
    reader = stub.PrepareUnaryCall(&context, path, to_buffer(request), &queue);
    reader->StartCall();
    reader->Finish(&response, &status, this);
  }
  bool go_on(bool) override { return true; }  // the status tells more

  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
};

// Start, each message, the answer, the status. What fails on the way is told by the status.
struct StreamCall : UnderWay {
  void start(grpc::GenericStub& stub, const char* path, grpc::CompletionQueue& queue) {
    stream = stub.PrepareCall(&context, path, &queue);
    stream->StartCall(this);
  }
  bool go_on(bool ok) override {
    switch (ok ? step : step == Step::over ? Step::over : Step::finish) {
      case Step::write:
        if (written < messages.size()) {
          stream->Write(to_buffer(messages[written++]), this);
        } else {
          step = Step::read;
          stream->WritesDone(this);
        }
        return false;
      case Step::read:
        step = Step::finish;
        stream->Read(&response, this);
        return false;
      case Step::finish:
        step = Step::over;
        stream->Finish(&status, this);
        return false;
      case Step::over:
        break;
    }
    return true;
  }

  enum class Step { write, read, finish, over } step = Step::write;  // what comes next
  std::vector<std::string> messages;
  std::size_t written = 0;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
};

class CallHandle : public Handle {
 public:
  explicit CallHandle(std::weak_ptr<UnderWay> call) : call_(std::move(call)) {}
  ~CallHandle() override {
    const auto call = call_.lock();
    if (!call) return;
    call->done = nullptr;
    call->too_late.reset();
    call->context.TryCancel();
  }

 private:
  std::weak_ptr<UnderWay> call_;
};

}  // namespace

struct Channel::State : std::enable_shared_from_this<State> {
  State(Loop& on, const std::shared_ptr<grpc::Channel>& channel, Headers of_each)
      : loop(on), stub(channel), headers(std::move(of_each)) {}

  void start() {
    waiter = std::thread([this, self = weak_from_this()] {
      void* tag = nullptr;
      bool ok = false;
      while (queue.Next(&tag, &ok))
        loop.post([self, tag, ok] {
          if (const auto state = self.lock()) state->go_on(tag, ok);
        });
    });
  }

  void end() {
    for (const auto& [tag, call] : calls) call->context.TryCancel();
    queue.Shutdown();
    waiter.join();  // it has taken all operations from the queue by then
    calls.clear();
  }

  // Makes it ready to be started.
  void keep(const std::shared_ptr<UnderWay>& call, Call how, Done done) {
    call->done = std::move(done);
    // A span, so that a step of the wall clock makes no difference.
    call->context.set_deadline(gpr_time_from_millis(how.deadline.count(), GPR_TIMESPAN));
    for (const auto& [name, value] : headers) call->context.AddMetadata(name, value);
    for (const auto& [name, value] : how.headers) call->context.AddMetadata(name, value);
    call->too_late =
        loop.after(how.deadline + after_deadline, [at = call.get()] { at->context.TryCancel(); });
    calls.emplace(call.get(), call);
  }

  void go_on(void* tag, bool ok) {
    const auto found = calls.find(tag);
    if (!found->second->go_on(ok)) return;
    const auto call = std::move(found->second);  // until its answer was given
    calls.erase(found);
    call->too_late.reset();
    if (!call->done) return;
    const auto done = std::exchange(call->done, nullptr);
    if (call->status.ok()) return done(to_bytes(call->response));
    done(Refusal{static_cast<Code>(call->status.error_code()), call->status.error_message()});
  }

  Loop& loop;
  grpc::GenericStub stub;
  const Headers headers;
  grpc::CompletionQueue queue;
  std::map<void*, std::shared_ptr<UnderWay>> calls;  // by gRPC's tag, their address
  std::thread waiter;
};

std::string on_socket(const std::string& path) { return "unix:" + path; }

std::string at_address(const std::string& ip, std::uint16_t port) {
  const bool is_v6 = ip.find(':') != std::string::npos;
  return (is_v6 ? "ipv6:[" + ip + "]:" : "ipv4:" + ip + ":") + std::to_string(port);
}

Channel::Channel(Loop& loop, const std::string& target, Headers headers)
    : state_([&] {
        take_its_log();
        grpc::ChannelArguments arguments;
        arguments.SetMaxReceiveMessageSize(max_answer);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, longest_reconnect_wait_ms);
        // Proxies of the environment are for registries.
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        return std::make_shared<State>(
            loop, grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments),
            std::move(headers));
      }()) {
  state_->start();
}

Channel::~Channel() { state_->end(); }

HandlePtr Channel::send(const char* path, const std::string& request, Call how, Done done) {
  const auto call = std::make_shared<UnaryCall>();
  state_->keep(call, std::move(how), std::move(done));
  call->start(state_->stub, path, request, state_->queue);
  return std::make_unique<CallHandle>(call);
}

HandlePtr Channel::send_all(const char* path, std::vector<std::string> requests, Call how,
                            Done done) {
  const auto call = std::make_shared<StreamCall>();
  call->messages = std::move(requests);
  state_->keep(call, std::move(how), std::move(done));
  call->start(state_->stub, path, state_->queue);
  return std::make_unique<CallHandle>(call);
}

}  // namespace kip::rpc
