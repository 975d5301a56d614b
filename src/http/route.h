// The way to one server, or to the proxy before it: the addresses of its name, and the library's
// client, with its kept connections, for the address in use. Internal to the client. Belongs to the
// loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace web::http::client {
class http_client;
}

namespace kip::http {

class Route {
 public:
  using Way = std::shared_ptr<web::http::client::http_client>;

  // `tls` is null for http://. `scheduler` outlives the route.
  Route(Scheduler& scheduler, ServerUrl server, std::shared_ptr<Tls> tls, Client::Options options);

  // `10.0.0.1:443`, for messages.
  std::string where() const { return server_.host_and_port(); }
  // What the server is to see as the host that is asked for (RFC 9110, section 7.2).
  std::string host_header() const;

  // For the next request; null where the name has to be looked up first.
  Way ready();
  // Calls `done` once, from the loop. Where nothing can be learned soon, what was known holds on.
  [[nodiscard]] HandlePtr look_up(std::function<void(Result<Way>)> done);

  // Nobody answered at the address of `way`: the next of the name's addresses is in use from now
  // on.
  void avoid(const Way& way);
  // The connections of `way` are not to be used again.
  void drop(const Way& way);
  // How many there are to try.
  std::size_t addresses() const { return addresses_.size(); }
  // Nobody answered at any: the next request looks the name up.
  void forget() { learned_.reset(); }

 private:
  const std::string& peer() const;
  bool is_known() const;
  void take(std::vector<std::string> addresses);
  Way way();

  Scheduler& scheduler_;
  const ServerUrl server_;
  const std::shared_ptr<Tls> tls_;
  const Client::Options options_;
  std::vector<std::string> addresses_;  // the one in use first
  std::optional<SteadyTime> learned_;   // none: look it up
  SteadyTime used_{};
  Way way_;
};

}  // namespace kip::http
