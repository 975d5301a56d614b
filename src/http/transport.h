// The way to one API server: sends requests and follows watches. Knows HTTP, TLS and credentials,
// nothing of Kubernetes' objects. Belongs to the loop: every call and every callback is on its
// thread, and no callback runs from inside the call that asked for it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/error.h"
#include "loop/scheduler.h"

namespace kip::http {

// By name, without regard to case (RFC 9110, section 5.1).
struct HeaderLess {
  bool operator()(const std::string& a, const std::string& b) const;
};
using Headers = std::map<std::string, std::string, HeaderLess>;

struct Request {
  std::string method = "GET";
  std::string path;  // path and query, percent-encoded: "/api/v1/pods?limit=1"
  std::string body = {};
  std::string content_type = "application/json";
  std::string accept = "application/json";
  Headers headers = {};  // further ones
  // The path as messages may show it, where its query is a secret, as a signed URL's is; "": as it
  // is.
  std::string shown_path = {};
};

// An answer, whatever its status.
struct Response {
  int status = 0;
  std::string body;
  Headers headers = {};
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// Limits, in bytes. etcd keeps objects under 1.5 MiB; a page of pods is made to fit (kube/pager.h).
inline constexpr std::size_t max_body = 8 << 20;
inline constexpr std::size_t max_line = 4 << 20;

using Answer = Result<Response, Error>;

class Transport {
 public:
  virtual ~Transport() = default;

  // One request. The whole answer has to come within 10 s to a GET, within 35 s to anything else
  // (RestOptions). `done` is called once, with the answer or with an Error (unreachable: no
  // connection; transient: it broke, took too long, or passed max_body; permanent: the server is
  // not the one our CA knows, or there are no credentials). Destroying the handle cancels the
  // request. Where a connection ends before its answer, the request is sent once more, so every
  // write must be one that does no more when it comes twice: a POST of an object with a name
  // (409: it is there), a PUT with a resourceVersion, a DELETE with a UID, a merge patch.
  [[nodiscard]] virtual HandlePtr send(Request request, std::function<void(Answer)> done) = 0;

  // A watch: `on_line` gets each line of a 200 answer as it arrives, without its line end; `on_end`
  // is called once, when the answer is over (an Error as for send, or the Response: its status,
  // and for other statuses than 200 its body). No byte for 330 s, or a line over max_line, is an
  // Error. Destroying the handle ends it.
  [[nodiscard]] virtual HandlePtr stream(Request request,
                                         std::function<void(std::string_view line)> on_line,
                                         std::function<void(Answer)> on_end) = 0;
};

}  // namespace kip::http
