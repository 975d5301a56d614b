// One connection to one server, from the look-up of its name to its end. Internal to the client.
// Belongs to the loop; no callback comes from inside a call.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "http/tls.h"
#include "loop/loop.h"
#include "nats/connection_limits.h"
#include "nats/parser.h"
#include "nats/server_info.h"
#include "nats/stream.h"
#include "types/nats.h"

namespace kip::nats {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Limits = ConnectionLimits;
  struct Options {
    ServerUrl server;
    Credentials credentials;
    std::string name;  // that the server shows for this client
    // For a server that wants TLS, or that is to be spoken to by it.
    std::function<Result<std::shared_ptr<http::Tls>>(const ServerUrl&)> tls;
    Limits limits;
  };
  struct Sink {
    std::function<void(const ServerInfo&)> on_ready;
    std::function<void(const Message&)> on_message;
    std::function<void(const std::string& words)> on_warning;  // it goes on all the same
    std::function<void(const std::string& why)> on_closed;     // once, and the last
  };

  Connection(Loop& loop, Options options, Sink sink);

  void start();
  // False: it is not ready, or too much waits to be taken.
  bool send(const std::string& commands);
  // Calls `done` when the server has had all that was sent. Not if the connection ends before.
  bool flush(std::function<void()> done);
  // No callback comes after it.
  void cancel();
  bool is_ready() const { return is_ready_ && !is_over(); }

 private:
  bool is_over() const { return !sink_.on_closed; }
  Parser::Sink parser_sink();
  void try_address();
  void on_info(std::string_view text);
  void secure(std::string_view input);
  void introduce();
  void on_pong();
  void on_error(std::string_view words);
  void read();
  void write(std::string commands);
  void write_pending();
  void keep_alive();
  void fail(const std::string& why);
  void close();

  Loop& loop_;
  const Options options_;
  Sink sink_;  // without on_closed: over
  Stream stream_;
  Parser parser_;
  ServerInfo info_;
  std::vector<std::string> addresses_;  // still to be tried, the next one last
  HandlePtr lookup_, deadline_, ping_timer_;
  std::array<char, 4096> input_{};
  std::string writing_, pending_;
  std::deque<std::function<void()>> awaiting_pong_;  // empty ones are of keep_alive()
  std::string last_error_;                           // the server's words before it ended
  std::string trouble_;                              // of the addresses tried so far
  bool has_info_ = false, is_securing_ = false, is_introduced_ = false, is_ready_ = false;
  bool is_cancelled_ = false;
};

}  // namespace kip::nats
