#include "cri/channel.h"

#include <map>
#include <thread>
#include <vector>

#include <grpc/support/log.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include "base/log.h"

namespace kip::cri {

namespace {

// The kubelet takes answers of as many bytes (maxMsgSize of its CRI client).
constexpr int max_answer = 16 << 20;
// gRPC waits up to two minutes before it tries again to connect; a runtime restarts in seconds.
constexpr int longest_reconnect_wait_ms = 2000;
// gRPC ends each call by its deadline; one that it forgot is ended by us, this much later.
constexpr Duration after_deadline = std::chrono::seconds{5};

// What gRPC's library tells goes where all else goes, and only there for who debugs.
void log_of_grpc(gpr_log_func_args* line) {
  log::debug("gRPC's library says", {{"text", line->message}});
}

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

Result<std::string, Refusal> to_bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (const auto status = buffer.Dump(&slices); !status.ok())
    return Refusal{Code::internal, status.error_message()};
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const auto& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

// One call. gRPC writes into it until the queue gave it back, so the channel's state keeps it.
struct UnderWay {
  grpc::ClientContext context;
  grpc::Status status;
  grpc::ByteBuffer response;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  std::function<void(const Result<std::string, Refusal>&)> done;  // empty: given up
  // Also work that the loop knows of: gRPC's is none to it, and it would end.
  HandlePtr too_late;
};

namespace {

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
  State(Loop& on, const std::shared_ptr<grpc::Channel>& channel) : loop(on), stub(channel) {}

  void start() {
    waiter = std::thread([this, self = weak_from_this()] {
      void* tag = nullptr;
      bool ok = false;  // of the operation: the status tells more
      while (queue.Next(&tag, &ok))
        loop.post([self, tag] {
          if (const auto state = self.lock()) state->finish(tag);
        });
    });
  }

  void end() {
    for (const auto& [tag, call] : calls) call->context.TryCancel();
    queue.Shutdown();
    waiter.join();  // it has taken all calls from the queue by then
    calls.clear();
  }

  void finish(void* tag) {
    const auto found = calls.find(tag);
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
  grpc::CompletionQueue queue;
  std::map<void*, std::shared_ptr<UnderWay>> calls;  // by gRPC's tag, their address
  std::thread waiter;
};

std::shared_ptr<Channel> connect(Loop& loop, const std::string& socket) {
  return std::make_shared<Channel>(loop, socket);
}

Channel::Channel(Loop& loop, const std::string& socket)
    : state_([&] {
        gpr_set_log_function(log_of_grpc);
        grpc::ChannelArguments arguments;
        arguments.SetMaxReceiveMessageSize(max_answer);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, longest_reconnect_wait_ms);
        return std::make_shared<State>(
            loop, grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(),
                                            arguments));
      }()) {
  state_->start();
}

Channel::~Channel() { state_->end(); }

HandlePtr Channel::send(const char* path, const std::string& request, Call how, Done done) {
  const auto call = std::make_shared<UnderWay>();
  call->done = std::move(done);
  // A span, so that a step of the wall clock makes no difference.
  call->context.set_deadline(gpr_time_from_millis(how.deadline.count(), GPR_TIMESPAN));
  // Where CRI keeps all it has; other runtimes do not look at it.
  call->context.AddMetadata("containerd-namespace", "k8s.io");
  if (!how.lease.empty()) call->context.AddMetadata("containerd-lease", how.lease);
  call->too_late = state_->loop.after(how.deadline + after_deadline,
                                      [at = call.get()] { at->context.TryCancel(); });
  call->reader =
      state_->stub.PrepareUnaryCall(&call->context, path, to_buffer(request), &state_->queue);
  call->reader->StartCall();
  state_->calls.emplace(call.get(), call);
  call->reader->Finish(&call->response, &call->status, call.get());
  return std::make_unique<CallHandle>(call);
}

}  // namespace kip::cri
