// One connection of HttpServer's: a request, its answer, the end. Internal. Belongs to the loop.
// Lives as long as its server keeps it or Asio does something for it, whichever is longer.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "metrics/http_server.h"

namespace kip::metrics {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // With the type of the executor, which makes less code than any executor does.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  HttpConnection(Loop& loop, const HttpServer::Handler& handler, const HttpServer::Limits& limits);

  Socket& socket() { return socket_; }
  void start();
  void close();
  bool is_over() const { return is_over_; }

 private:
  void answer(bool is_request);
  void write(std::string text);
  void write_piece();
  void drain();
  void within(Duration time);

  static constexpr std::size_t max_head = 8 << 10;  // as Prometheus' of some hundred bytes

  Loop& loop_;
  const HttpServer::Handler handler_;
  const HttpServer::Limits limits_;
  Socket socket_;
  HandlePtr timer_;
  boost::beast::flat_static_buffer<max_head> buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
  std::function<std::string()> body_;  // empty: all was written
  bool is_chunked_ = true;
  std::string text_;  // that is written
  std::array<char, 1024> dropped_{};
  bool is_over_ = false;
};

}  // namespace kip::metrics
