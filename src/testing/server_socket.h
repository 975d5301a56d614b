// What servers for tests do with sockets: listen on 127.0.0.1, and pass bytes over TLS or without.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <openssl/ssl.h>

#include "testing/certificates.h"

namespace kip::testing {

struct Listener {
  int fd;
  std::uint16_t port;
};

// On a port that is free. From now on a write to a client that is gone fails by its result alone:
// OpenSSL writes without MSG_NOSIGNAL.
Listener listen_on_loopback();

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;

// Of a server that shows this certificate.
SslContext server_context(const Issued& identity);

// The server's end of one connection. The descriptor is its maker's.
class ServerSocket {
 public:
  explicit ServerSocket(int fd) : fd_(fd) {}
  ~ServerSocket() { SSL_free(ssl_); }
  ServerSocket(const ServerSocket&) = delete;
  ServerSocket& operator=(const ServerSocket&) = delete;

  // All bytes from now on are secured. False: the client did not want to.
  bool secure(SSL_CTX* context);
  // False when the client is gone.
  bool write(std::string_view bytes);
  // How many came, at most `size`; 0 or less when the client is gone.
  int read(char* into, int size);
  int fd() const { return fd_; }

 private:
  const int fd_;
  SSL* ssl_ = nullptr;
};

}  // namespace kip::testing
