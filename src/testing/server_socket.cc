#include "testing/server_socket.h"

#include <csignal>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "http/certificate.h"

namespace kip::testing {

Listener listen_on_loopback() {
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener, 16);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return {listener, ntohs(address.sin_port)};
}

SslContext server_context(const Issued& identity) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(),
                          http::read_certificates(identity.certificate_pem, "test")->front().get());
  SSL_CTX_use_PrivateKey(context.get(), http::read_private_key(identity.key_pem, "test")->get());
  return context;
}

bool ServerSocket::secure(SSL_CTX* context) {
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, fd_);
  return SSL_accept(ssl_) == 1;
}

bool ServerSocket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int put = ssl_ != nullptr
                        ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                        : static_cast<int>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

int ServerSocket::read(char* into, int size) {
  return ssl_ != nullptr ? SSL_read(ssl_, into, size)
                         : static_cast<int>(recv(fd_, into, static_cast<std::size_t>(size), 0));
}

}  // namespace kip::testing
