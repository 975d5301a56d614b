#include "nats/connection.h"

#include <algorithm>
#include <utility>

#include "base/host_and_port.h"
#include "base/text.h"
#include "http/name_lookup.h"
#include "nats/commands.h"

namespace kip::nats {

namespace {

// What an -ERR may be told of without an end of the connection.
// Source: https://docs.nats.io/reference/reference-protocols/nats-protocol#ok-err
bool is_lasting(std::string_view words) {
  const std::string text = lowered(words);
  return !text.starts_with("permissions violation") && !text.starts_with("invalid subject");
}

// Who may not subscribe hears nothing, which is not to look like a subject of which nobody speaks.
bool leaves_deaf(std::string_view words) {
  return lowered(words).starts_with("permissions violation for subscription");
}

}  // namespace

Connection::Connection(Loop& loop, Options options, Sink sink)
    : loop_(loop),
      options_(std::move(options)),
      sink_(std::move(sink)),
      stream_(loop),
      parser_(options_.limits.input, parser_sink()) {}

Parser::Sink Connection::parser_sink() {
  return {.on_info = [this](std::string_view text) { on_info(text); },
          .on_message =
              [this](const Message& message) {
                if (is_ready()) sink_.on_message(message);
              },
          .on_too_large =
              [this](std::string_view subject, std::uint64_t) {
                if (is_ready())
                  sink_.on_warning("a message on " + quoted(subject) + " was left out: it has " +
                                   "more than " + std::to_string(options_.limits.input.message) +
                                   " bytes");
              },
          .on_ping =
              [this] {
                if (is_introduced_) write(pong_command);
              },
          .on_pong = [this] { on_pong(); },
          .on_error = [this](std::string_view words) { on_error(words); }};
}

void Connection::start() {
  if (is_ip_address(options_.server.host)) {
    addresses_ = {options_.server.host};
    lookup_ = loop_.after(Duration::zero(), [this] { try_address(); });
    return;
  }
  lookup_ =
      http::look_up(loop_, options_.server.host, [this](Result<std::vector<std::string>> found) {
        const auto alive = shared_from_this();
        const HandlePtr ended = std::move(lookup_);
        if (!found) return fail("its name cannot be resolved: " + found.error().message);
        addresses_ = std::move(*found);
        std::reverse(addresses_.begin(), addresses_.end());
        try_address();
      });
}

void Connection::try_address() {
  const auto self = shared_from_this();
  if (addresses_.empty()) return fail(trouble_);
  const std::string address = std::move(addresses_.back());
  addresses_.pop_back();
  deadline_ = loop_.after(options_.limits.set_up, [this] {
    fail(has_info_ ? "the server does not answer CONNECT"
                   : "the server does not answer, or says nothing of NATS");
  });
  stream_.connect(address, options_.server.port, [self, address](Stream::Failure failed) {
    if (self->is_over()) return;
    if (!failed) return self->read();
    self->trouble_ = "cannot connect to " + address + ": " + failed.message();
    self->try_address();
  });
}

void Connection::on_info(std::string_view text) {
  const auto info = read_server_info(text);
  if (!info) return fail("the server's INFO is no JSON");
  info_ = *info;
  if (std::exchange(has_info_, true)) return;  // a later one tells of other servers, mostly
  const bool wants_tls = options_.server.tls || info_.tls_required;
  if (!wants_tls) return introduce();
  if (!info_.tls_required && !info_.tls_available)
    return fail("the server has no TLS, which its URL or a CA asks for");
  is_securing_ = true;  // after this piece of input
}

// What came behind INFO was sent by nobody knows whom.
void Connection::secure(std::string_view input) {
  is_securing_ = false;
  if (input.find('\n') + 1 != input.size())
    return fail("the server sent more than INFO before TLS");
  auto tls = options_.tls(options_.server);
  if (!tls) return fail(tls.error().message);
  stream_.secure(*tls, [self = shared_from_this(), tls = *tls](Stream::Failure failed) {
    if (self->is_over()) return;
    if (failed)
      return self->fail("the server is not trusted, or TLS failed: " +
                        (tls->distrust().empty() ? failed.message() : tls->distrust()));
    self->introduce();
    self->read();
  });
}

void Connection::introduce() {
  is_introduced_ = true;
  awaiting_pong_.emplace_back([this] {
    deadline_.reset();
    is_ready_ = true;
    keep_alive();
    sink_.on_ready(info_);
  });
  write(connect_command(options_.credentials, options_.name) + ping_command);
}

void Connection::on_pong() {
  if (is_over() || awaiting_pong_.empty()) return;
  const auto done = std::move(awaiting_pong_.front());
  awaiting_pong_.pop_front();
  if (done) done();
}

void Connection::on_error(std::string_view words) {
  const std::string text = quoted(words, 300);
  if (leaves_deaf(words)) return fail("the server says " + text);
  if (!is_lasting(words) && is_ready()) return sink_.on_warning("the server says " + text);
  last_error_ = "the server says " + text;
  // It ends the connection itself, mostly.
  if (!is_ready_) fail(last_error_);
}

void Connection::read() {
  stream_.read_some(boost::asio::buffer(input_),
                    [self = shared_from_this()](Stream::Failure failed, std::size_t bytes) {
                      if (self->is_over()) return;
                      if (failed) {
                        if (!self->last_error_.empty()) return self->fail(self->last_error_);
                        return self->fail(failed == boost::asio::error::eof
                                              ? "the server ended the connection"
                                              : "the connection broke: " + failed.message());
                      }
                      const std::string_view input(self->input_.data(), bytes);
                      const std::string flaw = self->parser_.feed(input);
                      if (self->is_over()) return;
                      if (!flaw.empty()) return self->fail("it is no server of NATS: " + flaw);
                      if (self->is_securing_) return self->secure(input);
                      self->read();
                    });
}

bool Connection::send(const std::string& commands) {
  if (!is_ready() || pending_.size() + commands.size() > options_.limits.output) return false;
  write(commands);
  return true;
}

bool Connection::flush(std::function<void()> done) {
  if (!send(ping_command)) return false;
  awaiting_pong_.push_back(std::move(done));
  return true;
}

void Connection::write(std::string commands) {
  if (is_over()) return;
  // Answers to a server that asks and does not read.
  if (pending_.size() > 2 * options_.limits.output) return fail("the server takes nothing");
  pending_ += commands;
  if (writing_.empty()) write_pending();
}

void Connection::write_pending() {
  writing_.swap(pending_);
  stream_.write(boost::asio::buffer(writing_),
                [self = shared_from_this()](Stream::Failure failed, std::size_t) {
                  self->writing_.clear();
                  if (self->is_over()) return;
                  // What the server said before it ended is read first.
                  if (failed || self->pending_.empty()) return;
                  self->write_pending();
                });
}

void Connection::keep_alive() {
  ping_timer_ = loop_.after(options_.limits.ping, [this] {
    const HandlePtr ended = std::move(ping_timer_);
    if (!awaiting_pong_.empty())
      return fail("no answer to PING within " + to_text(options_.limits.ping));
    awaiting_pong_.emplace_back(nullptr);
    write(ping_command);
    if (!is_over()) keep_alive();
  });
}

void Connection::fail(const std::string& why) {
  if (is_over()) return;
  const auto on_closed = std::exchange(sink_.on_closed, nullptr);
  close();
  // Not from inside the parser, nor from what the client called.
  loop_.post([self = shared_from_this(), on_closed, why] {
    if (!self->is_cancelled_) on_closed(why);
  });
}

void Connection::cancel() {
  is_cancelled_ = true;
  sink_.on_closed = nullptr;
  close();
}

void Connection::close() {
  lookup_.reset();
  deadline_.reset();
  ping_timer_.reset();
  awaiting_pong_.clear();
  stream_.close();
}

}  // namespace kip::nats
