// A server on 127.0.0.1 that behaves as badly as a test tells it to, over TLS or without. Each
// connection has a thread that runs the test's function; everything ends with the server.
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

namespace kip::testing {

// The server's end of one connection. Used by its thread alone.
class Peer {
 public:
  Peer(ServerSocket& socket, int of_connection) : number(of_connection), socket_(socket) {}

  // Head and body of the next request; "" when the client is gone.
  std::string read_request();
  // False when the client is gone.
  bool write(std::string_view bytes) { return socket_.write(bytes); }
  // A whole answer with a Content-Length.
  bool answer(int status, std::string_view body, std::string_view more_headers = "");
  // A head that announces chunks, and one chunk.
  bool begin_chunks();
  bool chunk(std::string_view bytes);
  // Ends the connection by a reset instead of in order.
  void reset();
  // Ends the connection now, in order or by a reset.
  void end(bool by_reset);
  // Passes bytes on in both directions, as a proxy does after CONNECT, until either side ends. Not
  // over TLS.
  void tunnel_to(std::uint16_t port);
  // Until the client, or the server's end, closes the connection.
  void wait_until_closed();

  const int number;  // of this connection, from 0

 private:
  ServerSocket& socket_;
  std::string rest_;
};

class FakeServer {
 public:
  using Behaviour = std::function<void(Peer&)>;

  // Without an identity it speaks plain HTTP. `client_ca` makes it ask for a client certificate.
  explicit FakeServer(Behaviour behaviour, std::optional<Issued> identity = std::nullopt,
                      const std::string& client_ca = "");
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return threads_->accepted(); }

 private:
  void serve(int fd, int number);

  Behaviour behaviour_;
  SslContext context_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ConnectionThreads> threads_;
};

}  // namespace kip::testing
