#include "testing/fake_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/certificate.h"

namespace kip::testing {

std::string Peer::read_request() {
  char part[4096];
  std::size_t whole = std::string::npos;
  for (;;) {
    const auto head = rest_.find("\r\n\r\n");
    if (head != std::string::npos && whole == std::string::npos) {
      const auto length = rest_.find("Content-Length:");
      whole = head + 4;
      if (length < head) whole += std::strtoul(rest_.c_str() + length + 15, nullptr, 10);
    }
    if (whole != std::string::npos && rest_.size() >= whole) {
      std::string request = rest_.substr(0, whole);
      rest_.erase(0, whole);
      return request;
    }
    const int got = socket_.read(part, sizeof part);
    if (got <= 0) return "";
    rest_.append(part, static_cast<std::size_t>(got));
  }
}

bool Peer::answer(int status, std::string_view body, std::string_view more_headers) {
  return write("HTTP/1.1 " + std::to_string(status) +
               " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string(more_headers) + "\r\n" + std::string(body));
}

bool Peer::begin_chunks() { return write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }

bool Peer::chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return write(size + std::string(bytes) + "\r\n");
}

void Peer::reset() {
  const linger now{1, 0};
  setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Peer::end(bool by_reset) {
  if (!by_reset) {
    shutdown(socket_.fd(), SHUT_RDWR);
    return;
  }
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;  // connect(2): dissolves the connection
  connect(socket_.fd(), &nobody, sizeof nobody);
}

void Peer::tunnel_to(std::uint16_t port) {
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool open = connect(other, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  pollfd ends[] = {{socket_.fd(), POLLIN, 0}, {other, POLLIN, 0}};
  while (open && poll(ends, 2, -1) > 0) {
    for (int i = 0; i < 2; ++i) {
      if (ends[i].revents == 0) continue;
      char part[4096];
      const auto got = recv(ends[i].fd, part, sizeof part, 0);
      if (got <= 0) open = false;
      if (got > 0) send(ends[1 - i].fd, part, static_cast<std::size_t>(got), MSG_NOSIGNAL);
    }
  }
  close(other);
}

void Peer::wait_until_closed() {
  char ignored[4096];
  while (socket_.read(ignored, sizeof ignored) > 0) {
  }
}

FakeServer::FakeServer(Behaviour behaviour, std::optional<Issued> identity,
                       const std::string& client_ca)
    : behaviour_(std::move(behaviour)) {
  if (identity) {
    context_ = server_context(*identity);
    if (!client_ca.empty()) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()),
                          http::read_certificates(client_ca, "test")->front().get());
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    }
  }
  const Listener listener = listen_on_loopback();
  port_ = listener.port;
  threads_ = std::make_unique<ConnectionThreads>(listener.fd,
                                                 [this](int fd, int number) { serve(fd, number); });
}

void FakeServer::serve(int fd, int number) {
  ServerSocket socket(fd);
  if (context_ != nullptr && !socket.secure(context_.get())) return;
  Peer peer(socket, number);
  behaviour_(peer);
}

}  // namespace kip::testing
