// Bytes to and from one server, over TCP, and from some moment on over TLS. Belongs to the loop.
// Handlers keep alive what they need; after close() they get operation_aborted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74 needs it before Asio

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/tls.h"
#include "loop/loop.h"

namespace kip::nats {

class Stream {
 public:
  using Failure = boost::system::error_code;
  using OnBytes = std::function<void(Failure, std::size_t)>;

  explicit Stream(Loop& loop) : socket_(loop.io()) {}

  // `address` is one of IP. No Nagle, as commands are small.
  void connect(const std::string& address, std::uint16_t port, std::function<void(Failure)> done);
  // All bytes after it are secured, by a server that `tls` trusts. `tls` outlives the connection in
  // here.
  void secure(std::shared_ptr<http::Tls> tls, std::function<void(Failure)> done);
  bool is_secure() const { return secured_.has_value(); }
  void read_some(boost::asio::mutable_buffer into, OnBytes done);
  // All of it.
  void write(boost::asio::const_buffer bytes, OnBytes done);
  void close();

 private:
  // With the type of the executor, which makes less code than any executor does.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  Socket socket_;
  std::shared_ptr<http::Tls> tls_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<Socket&>> secured_;
};

}  // namespace kip::nats
