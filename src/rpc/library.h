// What both ends of gRPC's library need of it. Internal.
#pragma once

#include <string>

#include <grpcpp/support/byte_buffer.h>

#include "base/result.h"
#include "rpc/refusal.h"

namespace kip::rpc {

// From now on the library's own messages go where all else goes, and only there for who debugs.
void take_its_log();

grpc::ByteBuffer to_buffer(const std::string& bytes);
Result<std::string, Refusal> to_bytes(const grpc::ByteBuffer& buffer);

}  // namespace kip::rpc
