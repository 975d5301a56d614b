#include "metrics/http_server.h"

#include <list>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/write.hpp>

#include "base/log.h"
#include "metrics/http_connection.h"

namespace kip::metrics {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// No file descriptor is left, say: that passes.
constexpr Duration accept_again = std::chrono::milliseconds(100);

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(Loop& on, Handler what, const Limits& at_most)
      : loop(on), handler(std::move(what)), limits(at_most), acceptor(on.io()) {}

  error_code open(const tcp::endpoint& at) {
    error_code failed;
    acceptor.open(at.protocol(), failed);
    if (!failed && at.address().is_v6() && at.address().is_unspecified())
      acceptor.set_option(asio::ip::v6_only(false), failed);
    if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor.bind(at, failed);
    if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) return failed;
    error_code ignored;
    acceptor.close(ignored);
    return failed;
  }

  void accept() {
    next = std::make_shared<HttpConnection>(loop, handler, limits);
    acceptor.async_accept(next->socket(), [self = shared_from_this()](error_code failed) {
      if (self->is_over) return;
      if (failed) {
        log::debug("cannot accept a connection", {{"problem", failed.message()}});
        self->again = self->loop.after(accept_again, [at = self.get()] { at->accept(); });
        return;
      }
      self->take();
      self->accept();
    });
  }

  void take() {
    connections.remove_if([](const auto& each) { return each->is_over(); });
    if (connections.size() >= limits.connections) {
      connections.front()->close();
      connections.pop_front();
    }
    connections.push_back(std::exchange(next, nullptr));
    connections.back()->start();
  }

  void end() {
    is_over = true;
    again.reset();
    error_code ignored;
    acceptor.close(ignored);
    for (const auto& each : connections) each->close();
    connections.clear();
  }

  Loop& loop;
  const Handler handler;
  const Limits limits;
  asio::basic_socket_acceptor<tcp, asio::io_context::executor_type> acceptor;
  std::shared_ptr<HttpConnection> next;                    // to be accepted
  std::list<std::shared_ptr<HttpConnection>> connections;  // the oldest first
  HandlePtr again;
  bool is_over = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, std::uint16_t port,
                                                       Handler handler, const Limits& limits,
                                                       const std::string& address) {
  const auto state = std::make_shared<State>(loop, std::move(handler), limits);
  error_code failed;
  if (!address.empty()) {
    const auto at = asio::ip::make_address(address, failed);
    if (!failed) failed = state->open({at, port});
    if (failed)
      return permanent("cannot listen on " + address + ", port " + std::to_string(port) + ": " +
                       failed.message());
    state->accept();
    return std::unique_ptr<HttpServer>(new HttpServer(state));
  }
  failed = state->open({tcp::v6(), port});
  // A node may have no IPv6 at all.
  if (failed == asio::error::address_family_not_supported) failed = state->open({tcp::v4(), port});
  if (failed)
    return permanent("cannot listen on port " + std::to_string(port) + ": " + failed.message());
  state->accept();
  return std::unique_ptr<HttpServer>(new HttpServer(state));
}

HttpServer::~HttpServer() { state_->end(); }

int HttpServer::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

}  // namespace kip::metrics
