#include "kube/errors.h"

#include "base/text.h"

namespace kip::kube {

namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 400:
      return " Bad Request";
    case 401:
      return " Unauthorized";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 409:
      return " Conflict";
    case 410:
      return " Gone";
    case 422:
      return " Unprocessable Entity";
    case 429:
      return " Too Many Requests";
    case 500:
      return " Internal Server Error";
    case 502:
      return " Bad Gateway";
    case 503:
      return " Service Unavailable";
    case 504:
      return " Gateway Timeout";
    default:
      return "";
  }
}

ErrorKind kind_of(int status) {
  if (status == 401 || status == 408 || status == 429 || status >= 500) return ErrorKind::transient;
  return ErrorKind::permanent;
}

std::string name_of(const http::Request& request) {
  return request.method + " " + request.path.substr(0, request.path.find('?'));
}

}  // namespace

bool is_not_found(const http::Error& error) { return error.status == 404; }
bool is_forbidden(const http::Error& error) { return error.status == 403; }
bool is_conflict(const http::Error& error) { return error.status == 409; }
bool is_already_exists(const http::Error& error) { return error.reason == "AlreadyExists"; }
bool is_gone(const http::Error& error) { return error.status == 410; }

bool is_refusal(const http::Error& error) {
  return error.kind == ErrorKind::permanent && error.status != 0;
}

bool is_away(const http::Error& error) { return error.status == 0 || error.status >= 500; }

http::Error status_error(const std::string& what, const json& status, int http_status) {
  const std::string message = string_at(status, "/message");
  http::Error error{kind_of(http_status),
                    what + ": " + std::to_string(http_status) +
                        std::string(reason_phrase(http_status)) +
                        (message.empty() ? "" : ": " + message),
                    http_status};
  error.reason = string_at(status, "/reason");
  return error;
}

Answer to_result(const http::Request& request, const http::Response& response) {
  json body = parse_json(response.body);
  const bool is_success = response.status >= 200 && response.status < 300;
  if (!is_success) {
    http::Error error = status_error(name_of(request), body, response.status);
    if (!body.is_object() && !response.body.empty())
      error.message += ", and not a Status of Kubernetes but " + quoted(response.body, 120);
    error.retry_after = response.retry_after;
    return error;
  }
  if (body.is_object()) return body;
  // Will pass: a proxy's login page, or an answer that was cut.
  return http::Error{ErrorKind::transient,
                     name_of(request) + ": answered " + std::to_string(response.status) + " with " +
                         (response.body.empty() ? "nothing" : quoted(response.body, 120)) +
                         " where a JSON object was expected",
                     response.status};
}

}  // namespace kip::kube
