// A client of HTTP that blocks, for the threads of tests: sends what it is told, byte by byte if it
// must be.
#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kip::testing {

class HttpClient {
 public:
  explicit HttpClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~HttpClient() { close(fd_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool is_connected() const { return is_connected_; }
  void write(std::string_view text) const {
    (void)!send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // All until the server ends the connection.
  std::string read_all() const {
    std::string all;
    char piece[4096];
    for (ssize_t size = 0; (size = recv(fd_, piece, sizeof piece, 0)) > 0;)
      all.append(piece, static_cast<std::size_t>(size));
    return all;
  }

 private:
  const int fd_;
  bool is_connected_ = false;
};

struct HttpAnswer {
  std::string head, body;
};

// Of an answer in chunks the body without them.
inline HttpAnswer parse_answer(const std::string& text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) return {text, ""};
  HttpAnswer answer{text.substr(0, end), text.substr(end + 4)};
  if (answer.head.find("chunked") == std::string::npos) return answer;
  std::string body;
  for (std::string_view rest = answer.body; !rest.empty();) {
    const std::size_t size = std::stoul(std::string(rest.substr(0, rest.find('\r'))), nullptr, 16);
    if (size == 0) break;
    rest.remove_prefix(rest.find('\n') + 1);
    body += rest.substr(0, size);
    rest.remove_prefix(size + 2);
  }
  answer.body = body;
  return answer;
}

inline std::string http_exchange(int port, const std::string& request) {
  const HttpClient client(port);
  client.write(request);
  return client.read_all();
}

inline HttpAnswer http_get(int port, const std::string& path, const std::string& headers = "") {
  return parse_answer(
      http_exchange(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n"));
}

}  // namespace kip::testing
