// A small HTTP/1.1 server for what others read: requests without a body, answers in pieces, one
// request for each connection. No client holds it: each has little time for its request and for
// every piece, and where there are too many, the oldest one goes. Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "loop/loop.h"

namespace kip::metrics {

class HttpServer {
 public:
  struct Request {
    std::string method, path;  // the path without a query
    std::string accept;        // the header; "" without one
  };
  struct Answer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string allow = {};  // the header, of a 405
    // The next piece of the body; "" behind its end.
    std::function<std::string()> body;
  };
  using Handler = std::function<Answer(const Request&)>;
  struct Limits {
    // Prometheus, a probe and some people ask at the same time.
    std::size_t connections = 64;
    Duration request = std::chrono::seconds(10);  // for its head, of 8 KiB at most
    Duration piece = std::chrono::seconds(10);    // for the client to take one
  };

  // Listens at this IP address, or without one for IPv4 and IPv6 at all; port 0 is one that is
  // free. The loop outlives it.
  static Result<std::unique_ptr<HttpServer>> listen(Loop& loop, std::uint16_t port, Handler handler,
                                                    const Limits& limits,
                                                    const std::string& address = "");
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  const std::shared_ptr<State> state_;
};

}  // namespace kip::metrics
