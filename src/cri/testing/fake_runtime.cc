#include "cri/testing/fake_runtime.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

namespace kip::testing {

namespace {

std::string to_text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices).ok();
  std::string bytes;
  for (const auto& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

// One call, which ends itself. gRPC calls it from threads of its own.
class FakeRuntime::Call : public grpc::ServerGenericBidiReactor {
 public:
  Call(FakeRuntime& of, grpc::GenericCallbackServerContext* context) : of_(of) {
    asked_.path = context->method();
    for (const auto& [name, value] : context->client_metadata())
      asked_.metadata[{name.data(), name.size()}] = {value.data(), value.size()};
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    const auto lock = of_.lock();
    asked_.bytes = ok ? to_text(request_) : "";
    const Reply reply = of_.reply_to(asked_);
    if (!reply.never) return finish(reply);
    is_held_ = true;
    of_.held_.push_back(this);
  }

  // Under the fake's mutex.
  void finish(const Reply& reply) {
    if (std::exchange(is_over_, true)) return;
    if (std::exchange(is_held_, false)) of_.held_.remove(this);
    const grpc::Status status(static_cast<grpc::StatusCode>(reply.code), reply.message);
    if (reply.code != 0) return Finish(status);
    const grpc::Slice slice(reply.bytes);
    response_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&response_, {}, status);
  }

  void OnCancel() override {
    const auto lock = of_.lock();
    ++of_.cancelled_;
    finish({.code = static_cast<int>(cri::Code::cancelled), .message = "context canceled"});
  }
  void OnDone() override { delete this; }

  const std::string& path() const { return asked_.path; }

 private:
  FakeRuntime& of_;
  Asked asked_;
  grpc::ByteBuffer request_, response_;
  bool is_held_ = false, is_over_ = false;
};

struct FakeRuntime::Service : grpc::CallbackGenericService {
  explicit Service(FakeRuntime& fake) : of(fake) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(of, context);
  }
  FakeRuntime& of;
  std::unique_ptr<grpc::Server> server;
};

FakeRuntime::FakeRuntime() {
  std::string name = "/tmp/kip-cri-test-XXXXXX";
  folder_ = mkdtemp(name.data());
  socket_ = folder_ + "/runtime.sock";
  start();
}

FakeRuntime::~FakeRuntime() {
  stop();
  std::filesystem::remove_all(folder_);
}

void FakeRuntime::start() {
  service_ = std::make_unique<Service>(*this);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(service_.get());
  service_->server = builder.BuildAndStart();
}

void FakeRuntime::stop() {
  if (!service_) return;
  service_->server->Shutdown(std::chrono::system_clock::now());
  service_->server->Wait();
  service_.reset();
}

void FakeRuntime::release_path(const std::string& path, const Reply& reply) {
  const auto guard = lock();
  const auto held = held_;  // finish() takes them out
  for (Call* call : held)
    if (call->path() == path) call->finish(reply);
}

std::vector<FakeRuntime::Asked> FakeRuntime::asked_path(const std::string& path) {
  const auto guard = lock();
  std::vector<Asked> all;
  for (const auto& each : asked_)
    if (each.path == path) all.push_back(each);
  return all;
}

int FakeRuntime::cancelled() {
  const auto guard = lock();
  return cancelled_;
}

FakeRuntime::Reply FakeRuntime::reply_to(const Asked& asked) {
  asked_.push_back(asked);
  const auto how = behaviours_.find(asked.path);
  if (how == behaviours_.end())
    return refuse(cri::Code::unimplemented, "unknown method " + asked.path);
  return how->second(asked);
}

}  // namespace kip::testing
