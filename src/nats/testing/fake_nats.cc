#include "nats/testing/fake_nats.h"

#include <csignal>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/certificate.h"

namespace kip::testing {

NatsPeer::~NatsPeer() { SSL_free(ssl_); }

bool NatsPeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int put = ssl_ != nullptr
                        ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                        : static_cast<int>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

int NatsPeer::read_byte(char* into) {
  return ssl_ != nullptr ? SSL_read(ssl_, into, 1) : static_cast<int>(recv(fd_, into, 1, 0));
}

std::string NatsPeer::read_line() {
  std::string line;
  char byte = 0;
  while (!line.ends_with("\r\n")) {
    if (read_byte(&byte) <= 0) return "";
    line += byte;
  }
  return line.substr(0, line.size() - 2);
}

bool NatsPeer::secure() {
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, fd_);
  return SSL_accept(ssl_) == 1;
}

std::string NatsPeer::welcome(const std::string& members) {
  write("INFO {\"version\":\"2.9.10\"" + (members.empty() ? "" : "," + members) + "}\r\n");
  if (context_ != nullptr && !secure()) return "";
  std::string connect = read_line();
  if (read_line() != "PING" || !write("PONG\r\n")) return "";
  return connect;
}

std::string NatsPeer::read_command() {
  for (;;) {
    const std::string line = read_line();
    if (line == "PING")
      write("PONG\r\n");
    else if (line.starts_with("PUB "))
      return line.substr(4, line.rfind(' ') - 4) + " " + read_line();
    else
      return line;
  }
}

void NatsPeer::wait_until_closed() {
  char ignored = 0;
  while (read_byte(&ignored) > 0) {
  }
}

FakeNats::FakeNats(Behaviour behaviour, std::optional<Issued> identity)
    : behaviour_(std::move(behaviour)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (identity) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(
        context_, http::read_certificates(identity->certificate_pem, "test")->front().get());
    SSL_CTX_use_PrivateKey(context_, http::read_private_key(identity->key_pem, "test")->get());
  }
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener, 16);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  threads_ = std::make_unique<ConnectionThreads>(listener, [this](int fd, int number) {
    NatsPeer peer(fd, context_, number);
    behaviour_(peer);
  });
}

FakeNats::~FakeNats() {
  threads_.reset();
  SSL_CTX_free(context_);
}

}  // namespace kip::testing
