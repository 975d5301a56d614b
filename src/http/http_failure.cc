#include "http/http_failure.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <cpprest/http_msg.h>
#include <openssl/err.h>

#include "http/client.h"

namespace kip::http {

namespace {

// The library tells by these texts at which step it failed (http_client_asio.cpp of 2.10.18, which
// hack/build-cpprest pins). Its codes are of several categories without saying which.
struct Step {
  std::string_view text;
  ErrorKind kind;
  const char* words;
  bool in_handshake, broken;
};
constexpr Step steps[] = {
    {"Failed to connect to any resolved proxy", ErrorKind::unreachable,
     "no connection to the proxy", false, false},
    {"Failed to send connect request to proxy", ErrorKind::transient,
     "the connection to the proxy broke", false, true},
    {"Failed to read HTTP status line from proxy", ErrorKind::transient,
     "the proxy ended the connection before an answer", false, true},
    {"Failed to connect to any", ErrorKind::unreachable, "no connection", false, false},
    {"Error in SSL handshake", ErrorKind::transient, "the TLS handshake failed", true, false},
    {"Failed to write", ErrorKind::transient, "the connection broke while sending", false, true},
    {"Failed to read HTTP status line", ErrorKind::transient,
     "the connection ended before an answer", false, true},
    // On a kept connection, and the body is a Source, which the library cannot send again.
    {"cannot rewind", ErrorKind::transient, "the connection ended before an answer", false, true},
    {"Invalid HTTP status line", ErrorKind::transient, "the answer is not HTTP", false, false},
    {"Failed to read", ErrorKind::transient, "the connection broke in the middle of the answer",
     false, true},
    {"Retrieving message chunk", ErrorKind::transient,
     "the connection broke in the middle of the answer", false, true},
    {"Invalid chunked", ErrorKind::transient, "the answer is not proper HTTP", false, false},
};

constexpr std::string_view refused_by_proxy = "Expected a 200 response from proxy, received: ";

std::string reason(int code) {
  // A packed code of OpenSSL is larger than any errno; 1 and 2 are Asio's end of file, in TLS and
  // without.
  if (code > 4096) {
    const char* text = ERR_reason_error_string(static_cast<unsigned long>(code));
    return text == nullptr ? "" : std::string(" (") + text + ")";
  }
  if (code == EHOSTUNREACH) return " (connection refused, or no route)";
  if (code <= 2) return " (closed)";
  return std::string(" (") + std::strerror(code) + ")";
}

HttpFailure to_failure(const web::http::http_exception& e, Duration idle) {
  const int code = e.error_code().value();
  const std::string_view text(e.what());
  if (code == ETIMEDOUT && !text.starts_with("Failed to connect to any"))
    return {ErrorKind::transient,
            "the server fell silent: no byte for " + to_text(idle) +
                ", or no acknowledgement for " + to_text(unacknowledged_limit),
            false, false};
  if (text.starts_with(refused_by_proxy))
    return {ErrorKind::transient,
            "the proxy answered CONNECT with " + std::string(text.substr(refused_by_proxy.size())),
            false, false};
  for (const auto& step : steps) {
    if (!text.starts_with(step.text)) continue;
    return {step.kind, step.words + reason(code), step.in_handshake, step.broken};
  }
  return {ErrorKind::transient, std::string(text) + reason(code), false, false};
}

}  // namespace

HttpFailure to_failure(const std::exception_ptr& problem, Duration idle) {
  try {
    std::rethrow_exception(problem);
  } catch (const web::http::http_exception& e) {
    return to_failure(e, idle);
  } catch (const ConnectionEnded& e) {
    return {ErrorKind::transient, e.what(), false, true};
  } catch (const std::exception& e) {
    return {ErrorKind::transient, e.what(), false, false};
  } catch (...) {
    return {ErrorKind::transient, "an unknown failure", false, false};
  }
}

}  // namespace kip::http
