// cpprestsdk's HTTP client, tuned for the API server: no redirects, one server, keepalive.
// Internal to the REST transport.
#pragma once

#include <memory>
#include <stdexcept>

#include <cpprest/http_client.h>

#include "base/time.h"
#include "http/server_url.h"
#include "http/tls.h"

namespace kip::http {

// A connection ends where the peer acknowledged neither our bytes nor a probe for this long.
inline constexpr Duration unacknowledged_limit = std::chrono::seconds(30);

// A kept connection had ended when it was to be used: nothing was sent on it.
struct ConnectionEnded : std::runtime_error {
  ConnectionEnded() : std::runtime_error("the kept connection had ended") {}
};

// `tls` is null for http://. `idle`: the client gives up where no byte came for this long. The
// client keeps a connection for the next request, for 30 to 60 s, and looks whether it has ended
// before it is used again (ConnectionEnded).
std::shared_ptr<web::http::client::http_client> make_client(const ServerUrl& server,
                                                            std::shared_ptr<Tls> tls, bool verify,
                                                            Duration idle);

}  // namespace kip::http
