// HTTP/1.1 to a server on a unix socket, one connection for each request: these are few, and long
// ones must not wait for each other. Belongs to the loop: every call and every callback is of its
// thread, and no callback comes from inside the call that asked for it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/transport.h"
#include "loop/loop.h"
#include "runtime/failure.h"

namespace kip::docker {

struct UnixRequest {
  std::string method = "GET";
  std::string target;          // path and query, percent-encoded
  Duration deadline;           // for the whole answer, however it comes
  http::Headers headers = {};  // further ones; no line ends in them
};

class UnixHttp {
 public:
  // The answer, whatever its status. Failures: `runtime_gone` (nobody listens, or the connection
  // ended before the whole answer), `timeout` (the deadline), `other` (no HTTP, or over a limit: a
  // head of 8 KiB, a body of http::max_body that is not streamed).
  using Answer = std::function<void(const Result<http::Response, runtime::Failure>&)>;
  using OnPiece = std::function<void(std::string_view)>;

  // The loop outlives the requests; this need not. `socket` is a path.
  UnixHttp(Loop& loop, std::string socket) : loop_(loop), socket_(std::move(socket)) {}

  // `done` is called once. With `on_piece` the body of a 2xx answer is streamed: it is given piece
  // by piece as it comes, however long it is, and the Response has none. Destroying the handle,
  // which the callbacks may do, closes the connection.
  [[nodiscard]] HandlePtr send(UnixRequest request, OnPiece on_piece, Answer done);

  const std::string& socket() const { return socket_; }
  Loop& loop() { return loop_; }

 private:
  Loop& loop_;
  const std::string socket_;
};

}  // namespace kip::docker
