// HTTP to one server over kept connections: no redirects are followed, as one would carry the
// caller's secrets to another host; 3xx is an answer like others. cpprestsdk's client, tuned, is
// behind it. Belongs to the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/server_url.h"
#include "http/tls.h"
#include "http/transport.h"
#include "loop/scheduler.h"

namespace kip::http {

// A connection ends where the peer acknowledged neither our bytes nor a probe for this long.
inline constexpr Duration unacknowledged_limit = std::chrono::seconds(30);

class Client {
 public:
  struct Options {
    Duration idle;                              // no byte for this long: the exchange is given up
    std::size_t max_body;                       // bytes
    std::size_t max_line;                       // bytes
    bool verify = true;                         // the server's certificate
    std::optional<Proxy> proxy = std::nullopt;  // to https:// by CONNECT
  };
  struct Outcome {
    Answer result;
    bool broke_before_answer = false;  // the connection ended, and there was no status yet
    bool has_status = false;           // there was one, also where the rest did not come
  };
  using OnLine = std::function<void(std::string_view)>;
  using OnBytes = std::function<void(const Response& head, std::string_view bytes)>;

  // `tls` is null for http://. `scheduler` outlives the client.
  Client(Scheduler& scheduler, const ServerUrl& server, std::shared_ptr<Tls> tls, Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The whole answer, or with `on_line` its headers, has to come within `deadline`. With `on_line`
  // a 200 answer is cut into lines, and its Response has no body. `done` is called once, from the
  // loop. Destroying the handle ends it, and no callback comes after that; the client may go before
  // its exchanges.
  [[nodiscard]] HandlePtr send(Request request, Duration deadline, OnLine on_line,
                               std::function<void(Outcome)> done);

  // The same for an answer of any size: the headers have to come within `deadline`, and after them
  // some byte within `idle`. The bytes of a 200 or 206 answer are given to `on_bytes` as they come,
  // and its Response has no body.
  [[nodiscard]] HandlePtr download(Request request, Duration deadline, OnBytes on_bytes,
                                   std::function<void(Outcome)> done);

 private:
  HandlePtr begin(Request request, Duration deadline, OnLine on_line, OnBytes on_bytes,
                  std::function<void(Outcome)> done);
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace kip::http
