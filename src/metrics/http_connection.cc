#include "metrics/http_connection.h"

#include <limits>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

namespace kip::metrics {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// For a client that still sends to read its answer: closed before that, it would see a reset.
constexpr Duration longest_drain = std::chrono::seconds(2);

std::function<std::string()> once(std::string text) {
  return [text = std::move(text)]() mutable { return std::exchange(text, ""); };
}

HttpServer::Answer no_request() {
  return {.status = 400, .body = once("this is no request of HTTP/1.1\n")};
}

std::string head_of(const HttpServer::Answer& answer, bool is_chunked) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  head += std::string(http::obsolete_reason(static_cast<http::status>(answer.status))) + "\r\n";
  head += "Content-Type: " + answer.content_type + "\r\nCache-Control: no-store\r\n";
  if (!answer.allow.empty()) head += "Allow: " + answer.allow + "\r\n";
  if (is_chunked) head += "Transfer-Encoding: chunked\r\n";
  return head + "Connection: close\r\n\r\n";
}

std::string chunk(const std::string& piece) {
  std::array<char, 20> size{};
  const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  return std::string(size.data(), static_cast<std::size_t>(digits)) + piece + "\r\n";
}

}  // namespace

HttpConnection::HttpConnection(Loop& loop, const HttpServer::Handler& handler,
                               const HttpServer::Limits& limits)
    : loop_(loop), handler_(handler), limits_(limits), socket_(loop.io()) {
  parser_.header_limit(max_head);
  // A body is not read. `boost::none` is none in Boost 1.74: every length is over it.
  parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
}

void HttpConnection::start() {
  within(limits_.request);
  http::async_read_header(
      socket_, buffer_, parser_, [self = shared_from_this()](error_code failed, std::size_t) {
        if (self->is_over_) return;
        const bool is_gone = failed && failed.category() == boost::system::system_category();
        if (is_gone || failed == http::error::end_of_stream) return self->close();
        self->answer(!failed);
      });
}

void HttpConnection::answer(bool is_request) {
  const auto& head = parser_.get();
  HttpServer::Request request;
  if (is_request) {
    const std::string target(head.target());
    request = {std::string(head.method_string()), target.substr(0, target.find('?')),
               std::string(head[http::field::accept])};
  }
  auto found = is_request ? handler_(request) : no_request();
  is_chunked_ = is_request && head.version() >= 11 && request.method != "HEAD";
  // The end of the connection is that of the body, for HTTP/1.0.
  if (request.method != "HEAD") body_ = std::move(found.body);
  write(head_of(found, is_chunked_));
}

void HttpConnection::write(std::string text) {
  text_ = std::move(text);
  within(limits_.piece);
  asio::async_write(socket_, asio::buffer(text_),
                    [self = shared_from_this()](error_code failed, std::size_t) {
                      if (self->is_over_) return;
                      if (failed) return self->close();
                      self->write_piece();
                    });
}

void HttpConnection::write_piece() {
  if (!body_) {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    within(longest_drain);
    return drain();
  }
  std::string piece = body_();
  if (piece.empty()) body_ = nullptr;
  if (is_chunked_) return write(chunk(piece));  // the empty one is the last
  if (piece.empty()) return write_piece();
  write(std::move(piece));
}

void HttpConnection::drain() {
  socket_.async_read_some(asio::buffer(dropped_),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                            if (self->is_over_) return;
                            if (failed) return self->close();
                            self->drain();
                          });
}

// Before this has passed, the next step has begun.
void HttpConnection::within(Duration time) {
  timer_ = loop_.after(time, [this] { close(); });
}

void HttpConnection::close() {
  is_over_ = true;
  timer_.reset();
  body_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace kip::metrics
