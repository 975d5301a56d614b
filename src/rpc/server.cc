#include "rpc/server.h"

#include <utility>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "rpc/library.h"

namespace kip::rpc {

namespace {

grpc::Status status_of(const Refusal& refusal) {
  return {static_cast<grpc::StatusCode>(refusal.code), refusal.message};
}

// One call, which ends itself. gRPC calls it from threads of its own, one at a time.
class Call : public grpc::ServerGenericBidiReactor {
 public:
  Call(const Server::StreamMethod& method, const std::string& path) : method_(method) {
    if (path == method.path)
      StartRead(&message_);
    else
      Finish(status_of({Code::unimplemented, "unknown method " + path}));
  }

  void OnReadDone(bool ok) override {
    if (!ok) {  // all was sent, or the client is gone, which then does not see the answer
      answer_ = to_buffer(method_.answer);
      return StartWriteAndFinish(&answer_, {}, grpc::Status());
    }
    const auto bytes = to_bytes(message_);
    const auto refusal = bytes ? method_.on_message(*bytes) : std::optional(bytes.error());
    if (refusal) return Finish(status_of(*refusal));
    StartRead(&message_);
  }

  void OnDone() override { delete this; }

 private:
  const Server::StreamMethod& method_;
  grpc::ByteBuffer message_, answer_;
};

}  // namespace

struct Server::Service : grpc::CallbackGenericService {
  explicit Service(StreamMethod of) : method(std::move(of)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(method, context->method());
  }
  const StreamMethod method;
  std::unique_ptr<grpc::Server> server;
};

Result<std::unique_ptr<Server>> Server::listen(const std::string& address, StreamMethod method,
                                               const Limits& limits) {
  take_its_log();
  std::unique_ptr<Server> made(new Server);
  made->service_ = std::make_unique<Service>(std::move(method));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &made->port_);
  builder.RegisterCallbackGenericService(made->service_.get());
  builder.SetMaxReceiveMessageSize(limits.message);
  grpc::ResourceQuota quota("server");
  quota.Resize(limits.memory);
  builder.SetResourceQuota(quota);
  const auto milliseconds = [](Duration time) { return static_cast<int>(time.count()); };
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.calls_of_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(limits.idle));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, milliseconds(limits.age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, milliseconds(limits.idle));
  // Two servers on one port would each have half of the results.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  made->service_->server = builder.BuildAndStart();
  if (!made->service_->server) return permanent("cannot listen on " + address);
  return made;
}

Server::~Server() {
  if (!service_->server) return;
  service_->server->Shutdown(std::chrono::system_clock::now());
  service_->server->Wait();
}

}  // namespace kip::rpc
