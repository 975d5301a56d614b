#include "http/route.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <cpprest/http_client.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include "base/host_and_port.h"
#include "http/http_failure.h"
#include "http/name_lookup.h"

namespace kip::http {

namespace {

namespace asio = boost::asio;
using Socket = asio::ip::tcp::socket;

// A name is not looked up where a connection to its address is probably kept: so long after the
// last request, and so long after the addresses were learned at most.
constexpr Duration kept = std::chrono::seconds(30), addresses_last = std::chrono::minutes(5);

// So long a request waits to learn whether they changed.
constexpr Duration patience = std::chrono::seconds(2);

// Bytes that the library reads at once from an answer that is not chunked: small answers are the
// rule, and each connection keeps a buffer of this size.
constexpr std::size_t read_bytes = 16 << 10;

// A connection that nobody answers is given up soon, as a new try sends its SYN at once where
// waiting would double the pause each time: what is amiss is to be repaired soon after the packets
// go through again. One repeat is the least that tcp(7) takes: over after 3 s, with
// SYNs at 0 and 1 s; since Linux 6.5 (tcp_syn_linear_timeouts) after 7 s, with one each second.
constexpr int syn_retries = 1;

// A peer that vanished (a node that lost power) is noticed after unacknowledged_limit: 15 s of
// silence, then a probe each 5 s; and as long for bytes of ours that nobody acknowledges (tcp(7)).
// Nothing waits for an acknowledgement: the library sends a request's head and its body apart, and
// the body would be held back for up to 40 ms.
void set_options(Socket& socket) {
  const auto set = [&](int level, int option, int value) {
    setsockopt(socket.native_handle(), level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(unacknowledged_limit.count()));
  set(IPPROTO_TCP, TCP_SYNCNT, syn_retries);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

// The server says nothing on an idle connection but that it is over: a FIN, a reset or TLS's
// close_notify. So whatever can be read there means that nothing can be sent.
bool has_ended(Socket& socket) {
  char byte = 0;
  return recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
         (errno != EAGAIN && errno != EINTR);
}

// Something came after the last answer, and was decrypted with it: it would be taken for the next.
bool has_more(SSL* ssl) { return SSL_has_pending(ssl) == 1 || BIO_pending(SSL_get_rbio(ssl)) > 0; }

// The library calls this before each request on a connection, be it new or kept.
void prepare(Socket& socket, bool is_ipv6, SSL* ssl = nullptr) {
  const bool is_kept = socket.is_open();
  if (is_kept && (has_ended(socket) || (ssl != nullptr && has_more(ssl)))) throw ConnectionEnded();
  if (!is_kept) {
    // The library opens the socket only when it connects, which is too late for options.
    boost::system::error_code ignored;
    socket.open(is_ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), ignored);
  }
  set_options(socket);
}

web::web_proxy make_proxy(const Proxy& proxy, const std::string& address) {
  web::uri_builder url;
  url.set_scheme("http");
  url.set_host(address);
  url.set_port(proxy.server.port);
  web::web_proxy made(url.to_uri());
  if (!proxy.user.empty()) made.set_credentials(web::credentials(proxy.user, proxy.password));
  return made;
}

// The library keeps a connection for the next request, for 30 to 60 s. `address` is of the peer.
Route::Way make_client(const ServerUrl& server, const std::string& address,
                       std::shared_ptr<Tls> tls, const Client::Options& options) {
  web::http::client::http_client_config config;
  config.set_timeout(std::chrono::duration_cast<std::chrono::microseconds>(options.idle));
  config.set_max_redirects(0);
  config.set_tlsext_sni_enabled(false);  // Tls does it, with the name that is wanted
  config.set_chunksize(read_bytes);
  config.set_validate_certificates(options.verify);
  const bool secured = tls != nullptr;
  if (secured) {
    config.set_ssl_context_callback([tls = std::move(tls)](asio::ssl::context& context) {
      context = asio::ssl::context(tls->share());
    });
  }
  if (options.proxy) config.set_proxy(make_proxy(*options.proxy, address));
  // Through a tunnel, the library does not tell whether the handle is a socket or a TLS stream.
  if (!options.proxy || !secured) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    config.set_nativehandle_options([is_ipv6, secured](web::http::client::native_handle handle) {
      if (!secured) return prepare(*static_cast<Socket*>(handle), is_ipv6);
      auto& stream = *static_cast<asio::ssl::stream<Socket&>*>(handle);
      prepare(stream.next_layer(), is_ipv6, stream.native_handle());
    });
  }
  web::uri_builder url;
  url.set_scheme(server.tls ? "https" : "http");
  // An IPv6 address without brackets: the library takes it as it is. A proxy is told the name.
  url.set_host(options.proxy ? server.host : address);
  url.set_port(server.port);
  url.set_path(server.base_path);
  return std::make_shared<web::http::client::http_client>(url.to_uri(), config);
}

}  // namespace

Route::Route(Scheduler& scheduler, ServerUrl server, std::shared_ptr<Tls> tls,
             Client::Options options)
    : scheduler_(scheduler),
      server_(std::move(server)),
      tls_(std::move(tls)),
      options_(std::move(options)) {
  if (is_ip_address(peer())) addresses_ = {peer()};
}

const std::string& Route::peer() const {
  return options_.proxy ? options_.proxy->server.host : server_.host;
}

std::string Route::host_header() const {
  const bool is_default = server_.port == (server_.tls ? 443 : 80);
  const std::string text = server_.host_and_port();
  return is_default ? text.substr(0, text.rfind(':')) : text;
}

bool Route::is_known() const {
  if (is_ip_address(peer())) return true;
  const SteadyTime now = scheduler_.now();
  return learned_ && now - *learned_ < addresses_last && now - used_ < kept;
}

Route::Way Route::ready() { return is_known() ? way() : nullptr; }

HandlePtr Route::look_up(std::function<void(Result<Way>)> done) {
  struct Both : Handle {
    HandlePtr lookup, patience;
  };
  auto both = std::make_unique<Both>();
  if (!addresses_.empty()) {
    both->patience = scheduler_.after(patience, [this, done, all = both.get()] {
      all->lookup.reset();
      learned_ = scheduler_.now();
      done(way());
    });
  }
  both->lookup = http::look_up(
      scheduler_, peer(),
      [this, done = std::move(done), all = both.get()](Result<std::vector<std::string>> found) {
        all->patience.reset();
        if (!found && addresses_.empty())
          return done(
              Error{found.error().kind, (options_.proxy ? "the proxy's name cannot be resolved: "
                                                        : "its name cannot be resolved: ") +
                                            found.error().message});
        if (found) take(*std::move(found));
        learned_ = scheduler_.now();
        done(way());
      });
  return both;
}

// The one in use stays so while it is among them, as connections to it are kept.
void Route::take(std::vector<std::string> addresses) {
  if (!addresses_.empty()) {
    const auto same = std::find(addresses.begin(), addresses.end(), addresses_.front());
    if (same == addresses.end())
      way_ = nullptr;
    else
      std::rotate(addresses.begin(), same, addresses.end());
  }
  addresses_ = std::move(addresses);
}

void Route::avoid(const Way& way) {
  if (way != way_ || addresses_.size() < 2) return;
  std::rotate(addresses_.begin(), addresses_.begin() + 1, addresses_.end());
  way_ = nullptr;
}

void Route::drop(const Way& way) {
  if (way == way_) way_ = nullptr;
}

Route::Way Route::way() {
  used_ = scheduler_.now();
  if (!way_) way_ = make_client(server_, addresses_.front(), tls_, options_);
  return way_;
}

}  // namespace kip::http
