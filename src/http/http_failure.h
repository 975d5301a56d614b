// What an exception of cpprestsdk means. Internal to the client.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace kip::http {

// A kept connection had ended when it was to be used: nothing was sent on it.
struct ConnectionEnded : std::runtime_error {
  ConnectionEnded() : std::runtime_error("the kept connection had ended") {}
};

struct HttpFailure {
  ErrorKind kind = ErrorKind::transient;
  std::string what;
  bool in_handshake = false;
  bool broken = false;  // the connection was there and ended
};

// `idle` is the client's timeout, for the message.
HttpFailure to_failure(const std::exception_ptr& problem, Duration idle);

}  // namespace kip::http
