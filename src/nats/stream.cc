#include "nats/stream.h"

#include <boost/asio/write.hpp>

namespace kip::nats {

namespace asio = boost::asio;

void Stream::connect(const std::string& address, std::uint16_t port,
                     std::function<void(Failure)> done) {
  Failure ignored;
  socket_.close(ignored);  // of an address before this one
  const asio::ip::tcp::endpoint peer(asio::ip::make_address(address, ignored), port);
  socket_.async_connect(peer, [this, done = std::move(done)](Failure failed) {
    Failure unimportant;
    if (!failed) socket_.set_option(asio::ip::tcp::no_delay(true), unimportant);
    done(failed);
  });
}

void Stream::secure(std::shared_ptr<http::Tls> tls, std::function<void(Failure)> done) {
  tls_ = std::move(tls);
  context_.emplace(tls_->share());
  secured_.emplace(socket_, *context_);
  secured_->set_verify_mode(asio::ssl::verify_peer);
  secured_->async_handshake(asio::ssl::stream_base::client, std::move(done));
}

void Stream::read_some(asio::mutable_buffer into, OnBytes done) {
  if (secured_)
    secured_->async_read_some(into, std::move(done));
  else
    socket_.async_read_some(into, std::move(done));
}

void Stream::write(asio::const_buffer bytes, OnBytes done) {
  if (secured_)
    asio::async_write(*secured_, bytes, std::move(done));
  else
    asio::async_write(socket_, bytes, std::move(done));
}

// TLS's own good-bye is left out: nobody waits for it, and nothing is lost that was answered.
void Stream::close() {
  Failure ignored;
  socket_.shutdown(asio::socket_base::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace kip::nats
