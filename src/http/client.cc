#include "http/client.h"

#include <cerrno>
#include <utility>

#include <cpprest/http_client.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include "http/exchange.h"
#include "http/http_failure.h"

namespace kip::http {

namespace {

namespace asio = boost::asio;
using Socket = asio::ip::tcp::socket;

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

// The library calls this before each request on a connection, be it new or kept.
void prepare(Socket& socket, const ServerUrl& server) {
  const bool is_kept = socket.is_open();
  if (is_kept && has_ended(socket)) throw ConnectionEnded();
  if (!is_kept) {
    // The library opens the socket only when it connects, which is too late for options. Only an
    // address tells the family; behind a name, they begin with the connection's second use.
    if (!is_ip_address(server.host)) return;
    boost::system::error_code ignored;
    socket.open(server.is_ipv6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), ignored);
  }
  set_options(socket);
}

web::web_proxy make_proxy(const Proxy& proxy) {
  web::uri_builder url;
  url.set_scheme("http");
  url.set_host(proxy.server.host);
  url.set_port(proxy.server.port);
  web::web_proxy made(url.to_uri());
  if (!proxy.user.empty()) made.set_credentials(web::credentials(proxy.user, proxy.password));
  return made;
}

// The library keeps a connection for the next request, for 30 to 60 s.
std::shared_ptr<web::http::client::http_client> make_client(const ServerUrl& server,
                                                            std::shared_ptr<Tls> tls,
                                                            const Client::Options& options) {
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
  if (options.proxy) config.set_proxy(make_proxy(*options.proxy));
  // Through a tunnel, the library does not tell whether the handle is a socket or a TLS stream.
  if (!options.proxy || !secured) {
    const ServerUrl peer = options.proxy ? options.proxy->server : server;
    config.set_nativehandle_options([peer, secured](web::http::client::native_handle handle) {
      if (secured)
        prepare(static_cast<asio::ssl::stream<Socket&>*>(handle)->next_layer(), peer);
      else
        prepare(*static_cast<Socket*>(handle), peer);
    });
  }
  web::uri_builder url;
  url.set_scheme(server.tls ? "https" : "http");
  url.set_host(server.host);  // an IPv6 address without brackets: the library resolves it as it is
  url.set_port(server.port);
  url.set_path(server.base_path);
  return std::make_shared<web::http::client::http_client>(url.to_uri(), config);
}

class ExchangeHandle : public Handle {
 public:
  explicit ExchangeHandle(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  // It holds itself until the library has let go of it.
  ~ExchangeHandle() override { exchange_->cancel(); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

}  // namespace

struct Client::State {
  Scheduler& scheduler;
  const std::string where;
  const std::shared_ptr<Tls> tls;
  const Options options;
  const std::shared_ptr<web::http::client::http_client> client;
};

Client::Client(Scheduler& scheduler, const ServerUrl& server, std::shared_ptr<Tls> tls,
               Options options)
    : state_(new State{scheduler, server.host_and_port(), tls, options,
                       make_client(server, tls, options)}) {}

Client::~Client() = default;

HandlePtr Client::send(Request request, Duration deadline, OnLine on_line,
                       std::function<void(Outcome)> done) {
  return begin(std::move(request), deadline, std::move(on_line), nullptr, std::move(done));
}

HandlePtr Client::download(Request request, Duration deadline, OnBytes on_bytes,
                           std::function<void(Outcome)> done) {
  return begin(std::move(request), deadline, nullptr, std::move(on_bytes), std::move(done));
}

HandlePtr Client::begin(Request request, Duration deadline, OnLine on_line, OnBytes on_bytes,
                        std::function<void(Outcome)> done) {
  auto exchange = std::make_shared<Exchange>(state_->scheduler,
                                             ExchangeSettings{.request = std::move(request),
                                                              .where = state_->where,
                                                              .client = state_->client,
                                                              .tls = state_->tls,
                                                              .deadline = deadline,
                                                              .idle = state_->options.idle,
                                                              .max_body = state_->options.max_body,
                                                              .max_line = state_->options.max_line,
                                                              .on_line = std::move(on_line),
                                                              .on_bytes = std::move(on_bytes)},
                                             std::move(done));
  exchange->start();
  return std::make_unique<ExchangeHandle>(std::move(exchange));
}

}  // namespace kip::http
