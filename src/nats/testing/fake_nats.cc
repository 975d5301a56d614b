#include "nats/testing/fake_nats.h"

#include <utility>

namespace kip::testing {

std::string NatsPeer::read_line() {
  std::string line;
  char byte = 0;
  while (!line.ends_with("\r\n")) {
    if (socket_.read(&byte, 1) <= 0) return "";
    line += byte;
  }
  return line.substr(0, line.size() - 2);
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
  while (socket_.read(&ignored, 1) > 0) {
  }
}

FakeNats::FakeNats(Behaviour behaviour, std::optional<Issued> identity)
    : behaviour_(std::move(behaviour)) {
  if (identity) context_ = server_context(*identity);
  const Listener listener = listen_on_loopback();
  port_ = listener.port;
  threads_ = std::make_unique<ConnectionThreads>(listener.fd, [this](int fd, int number) {
    NatsPeer peer(fd, context_.get(), number);
    behaviour_(peer);
  });
}

}  // namespace kip::testing
