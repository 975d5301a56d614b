// What an exception of cpprestsdk means. Internal to the REST transport.
#pragma once

#include <exception>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace kip::http {

struct HttpFailure {
  ErrorKind kind = ErrorKind::transient;
  std::string what;
  bool in_handshake = false;
  bool broken = false;  // the connection was there and ended
};

// `idle` is the client's timeout, for the message.
HttpFailure judge_failure(const std::exception_ptr& problem, Duration idle);

}  // namespace kip::http
