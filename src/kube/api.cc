#include "kube/api.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace kip::kube {

namespace {

std::string namespaced(std::string_view api, const std::string& namespace_name,
                       std::string_view plural) {
  if (namespace_name.empty()) return std::string(api) + "/" + std::string(plural);
  return std::string(api) + "/namespaces/" + percent_encoded(namespace_name) + "/" +
         std::string(plural);
}

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
  if (status == 409) return ErrorKind::conflict;
  if (status == 401 || status == 408 || status == 429 || status >= 500) return ErrorKind::transient;
  return ErrorKind::permanent;
}

std::string name_of(const http::Request& request) {
  return request.method + " " + request.path.substr(0, request.path.find('?'));
}

}  // namespace

std::string daemonsets_path(const std::string& ns) {
  return namespaced("/apis/apps/v1", ns, "daemonsets");
}
std::string deployments_path(const std::string& ns) {
  return namespaced("/apis/apps/v1", ns, "deployments");
}
std::string configmaps_path(const std::string& ns) {
  return namespaced("/api/v1", ns, "configmaps");
}
std::string pods_path(const std::string& ns) { return namespaced("/api/v1", ns, "pods"); }
std::string events_path(const std::string& ns) { return namespaced("/api/v1", ns, "events"); }
std::string service_accounts_path(const std::string& ns) {
  return namespaced("/api/v1", ns, "serviceaccounts");
}
std::string roles_path(const std::string& ns) {
  return namespaced("/apis/rbac.authorization.k8s.io/v1", ns, "roles");
}
std::string rolebindings_path(const std::string& ns) {
  return namespaced("/apis/rbac.authorization.k8s.io/v1", ns, "rolebindings");
}
std::string leases_path(const std::string& ns) {
  return namespaced("/apis/coordination.k8s.io/v1", ns, "leases");
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned char>(c));
      out += hex.data();
    }
  }
  return out;
}

std::string delete_options(const std::string& uid) {
  return to_text({{"apiVersion", "v1"},
                  {"kind", "DeleteOptions"},
                  {"propagationPolicy", "Background"},
                  {"preconditions", {{"uid", uid}}}});
}

Error status_error(const std::string& what, const json& status, int http_status) {
  const std::string message = string_at(status, "/message");
  Error error{kind_of(http_status),
              what + ": " + std::to_string(http_status) + std::string(reason_phrase(http_status)) +
                  (message.empty() ? "" : ": " + message),
              http_status};
  error.reason = string_at(status, "/reason");
  return error;
}

Result<json> judge(const http::Request& request, const http::Response& response) {
  json body = parse_json(response.body);
  const bool is_success = response.status >= 200 && response.status < 300;
  if (!is_success) {
    Error error = status_error(name_of(request), body, response.status);
    if (!body.is_object() && !response.body.empty())
      error.message += ", and not a Status of Kubernetes but " + quoted(response.body, 120);
    error.retry_after = response.retry_after;
    return error;
  }
  if (body.is_object()) return body;
  // Will pass: a proxy's login page, or an answer that was cut.
  return Error{ErrorKind::transient,
               name_of(request) + ": answered " + std::to_string(response.status) + " with " +
                   (response.body.empty() ? "nothing" : quoted(response.body, 120)) +
                   " where a JSON object was expected",
               response.status};
}

HandlePtr call(http::Transport& transport, http::Request request,
               std::function<void(Result<json>)> done) {
  const http::Request named{request.method, request.path};
  return transport.send(std::move(request),
                        [named, done = std::move(done)](Result<http::Response> answer) {
                          // The transport's own errors name the request already.
                          done(answer ? judge(named, *answer) : Result<json>(answer.error()));
                        });
}

}  // namespace kip::kube
