#include "rpc/library.h"

#include <vector>

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/support/slice.h>

#include "base/log.h"

namespace kip::rpc {

namespace {

void log_of_grpc(gpr_log_func_args* line) {
  log::debug("gRPC's library says", {{"text", line->message}});
}

// What others send can make it say something for each message.
void log_of_protobuf(google::protobuf::LogLevel, const char*, int, const std::string& text) {
  log::debug("protobuf's library says", {{"text", text}});
}

}  // namespace

void take_its_log() {
  gpr_set_log_function(log_of_grpc);
  google::protobuf::SetLogHandler(log_of_protobuf);
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

}  // namespace kip::rpc
