// How a call failed, as gRPC tells it. A plain value.
#pragma once

#include <string>

namespace kip::rpc {

// Those of gRPC that mean something here (https://grpc.io/docs/guides/status-codes).
enum class Code : int {
  cancelled = 1,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  unimplemented = 12,  // the other end has no such service
  internal = 13,
  unavailable = 14,
  unauthenticated = 16,
};

struct Refusal {
  Code code = Code::internal;
  std::string message;  // the other end's words, or those of gRPC's library
};

}  // namespace kip::rpc
