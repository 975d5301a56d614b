#include "docker/unix_http.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <sys/un.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/version.h"
#include "loop/cancel_handle.h"

namespace kip::docker {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Failure = runtime::Failure;
using Kind = Failure::Kind;

constexpr std::size_t max_head = 8 << 10;    // a server that Go wrote sends a few hundred bytes
constexpr std::size_t read_size = 16 << 10;  // holds a head; lines of progress have 200 bytes

std::string text_of(const UnixRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  // Go's server wants a Host, whatever it is.
  text += "Host: localhost\r\nConnection: close\r\nUser-Agent: kubernetes-image-puller/";
  text += version;
  text += "\r\n";
  if (request.method != "GET") text += "Content-Length: 0\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

// Lives as long as its handle or what Asio does for it, whichever is longer.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Loop& loop, std::string path, const UnixRequest& request, UnixHttp::OnPiece on_piece,
           UnixHttp::Answer done)
      : loop_(loop),
        path_(std::move(path)),
        request_(text_of(request)),
        deadline_(request.deadline),
        on_piece_(std::move(on_piece)),
        done_(std::move(done)),
        socket_(loop.io()) {
    parser_.header_limit(max_head);
    // Bodies have their limit in take(). `boost::none` is none in Boost 1.74: every length that a
    // head announces is over it.
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  void start() {
    if (path_.size() >= sizeof sockaddr_un{}.sun_path) {  // Asio would throw
      timer_ = loop_.after({}, [this] {
        end(Failure{Kind::runtime_gone, "cannot connect to " + path_ + ": the path is too long"});
      });
      return;
    }
    timer_ = loop_.after(deadline_, [this] {
      end(Failure{Kind::timeout,
                  "no whole answer from " + path_ + " within " + to_text(deadline_)});
    });
    socket_.async_connect(
        asio::local::stream_protocol::endpoint(path_),
        [self = shared_from_this()](error_code failed) {
          if (self->is_over()) return;
          if (failed)
            return self->end(Failure{Kind::runtime_gone,
                                     "cannot connect to " + self->path_ + ": " + failed.message()});
          self->write();
        });
  }

  void cancel() {
    done_ = nullptr;
    close();
  }

 private:
  bool is_over() const { return !done_; }

  void write() {
    asio::async_write(socket_, asio::buffer(request_),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        if (self->is_over()) return;
                        if (failed) return self->fail(failed);
                        self->read_head();
                      });
  }

  void read_head() {
    beast::http::async_read_header(socket_, buffer_, parser_,
                                   [self = shared_from_this()](error_code failed, std::size_t) {
                                     if (self->is_over()) return;
                                     if (failed) return self->fail(failed);
                                     self->take_head();
                                     self->read_body();
                                   });
  }

  void read_body() {
    if (parser_.is_done()) return end(std::move(response_));
    auto& body = parser_.get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    beast::http::async_read_some(
        socket_, buffer_, parser_, [self = shared_from_this()](error_code failed, std::size_t) {
          if (self->is_over()) return;
          if (failed && failed != beast::http::error::need_buffer) return self->fail(failed);
          self->take({self->piece_.data(), self->piece_.size() - self->parser_.get().body().size});
          if (!self->is_over()) self->read_body();
        });
  }

  void take_head() {
    const auto& head = parser_.get();
    response_.status = static_cast<int>(head.result_int());
    for (const auto& field : head)
      response_.headers.emplace(std::string(field.name_string()), std::string(field.value()));
  }

  void take(std::string_view bytes) {
    if (bytes.empty()) return;
    if (on_piece_ && response_.status / 100 == 2) {
      auto on_piece = std::exchange(on_piece_, nullptr);  // it may destroy the handle
      on_piece(bytes);
      if (!is_over()) on_piece_ = std::move(on_piece);
      return;
    }
    if (response_.body.size() + bytes.size() > http::max_body)
      return end(Failure{Kind::other, "the answer from " + path_ + " is too long"});
    response_.body += bytes;
  }

  void fail(error_code failed) {
    using Of = beast::http::error;
    const bool ended =
        failed == Of::end_of_stream || failed == Of::partial_message || failed == asio::error::eof;
    if (ended)
      return end(Failure{Kind::runtime_gone,
                         "the connection to " + path_ + " ended before the whole answer came"});
    if (failed.category() == boost::system::system_category())
      return end(Failure{Kind::runtime_gone,
                         "the connection to " + path_ + " broke: " + failed.message()});
    end(Failure{Kind::other, "the answer from " + path_ + " is not HTTP: " + failed.message()});
  }

  void end(Result<http::Response, Failure> result) {
    const auto self = shared_from_this();
    const auto done = std::exchange(done_, nullptr);
    close();
    done(result);
  }

  void close() {
    timer_.reset();
    on_piece_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }

  Loop& loop_;
  const std::string path_, request_;
  const Duration deadline_;
  UnixHttp::OnPiece on_piece_;
  UnixHttp::Answer done_;  // none: over
  // With the type of the executor, which makes less code than any executor does.
  asio::basic_stream_socket<asio::local::stream_protocol, asio::io_context::executor_type> socket_;
  HandlePtr timer_;
  beast::flat_static_buffer<read_size> buffer_;
  beast::http::response_parser<beast::http::buffer_body> parser_;
  std::array<char, read_size> piece_;
  http::Response response_;
};

}  // namespace

HandlePtr UnixHttp::send(UnixRequest request, OnPiece on_piece, Answer done) {
  auto exchange =
      std::make_shared<Exchange>(loop_, socket_, request, std::move(on_piece), std::move(done));
  exchange->start();
  return cancel_handle(std::move(exchange));
}

}  // namespace kip::docker
