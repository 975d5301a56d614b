// A server on 127.0.0.1 that speaks NATS as well or as badly as a test tells it to. Each connection
// has a thread that runs the test's function; everything ends with the server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "testing/certificates.h"
#include "testing/connection_threads.h"
#include "testing/server_socket.h"
#include "types/nats.h"

namespace kip::testing {

// The server's end of one connection. Used by its thread alone.
class NatsPeer {
 public:
  NatsPeer(int fd, SSL_CTX* context, int of_connection)
      : number(of_connection), socket_(fd), context_(context) {}

  // False when the client is gone.
  bool write(std::string_view bytes) { return socket_.write(bytes); }
  // Without its end; "" when the client is gone.
  std::string read_line();
  // All bytes from now on are secured. False: the client did not want to.
  bool secure() { return socket_.secure(context_); }
  // INFO with these members beside the version, then what the client says up to its first PING,
  // which is answered. Returns the CONNECT line; "" when the client is gone.
  std::string welcome(const std::string& members = "");
  // Answers PINGs and returns the first other line; of a PUB `SUBJECT PAYLOAD`.
  std::string read_command();
  void wait_until_closed();

  const int number;  // of this connection, from 0

 private:
  ServerSocket socket_;
  SSL_CTX* const context_;
};

class FakeNats {
 public:
  using Behaviour = std::function<void(NatsPeer&)>;

  explicit FakeNats(Behaviour behaviour, std::optional<Issued> identity = std::nullopt);
  FakeNats(const FakeNats&) = delete;
  FakeNats& operator=(const FakeNats&) = delete;

  nats::ServerUrl url() const { return {.host = "127.0.0.1", .port = port_}; }
  int connections() const { return threads_->accepted(); }

 private:
  const Behaviour behaviour_;
  SslContext context_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ConnectionThreads> threads_;
};

}  // namespace kip::testing
