#include "docker/testing/fake_engine.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace kip::testing {

namespace {

std::string first_line(const std::string& request) {
  return request.substr(0, request.find(" HTTP/1.1"));
}

}  // namespace

std::string EnginePeer::read_request() {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (recv(fd_, &byte, 1, 0) <= 0) return "";
    head += byte;
  }
  return head;
}

bool EnginePeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool EnginePeer::answer(int status, std::string_view body, std::string_view more_headers) {
  return write("HTTP/1.1 " + std::to_string(status) +
               " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string(more_headers) + "\r\n" + std::string(body));
}

bool EnginePeer::begin_chunks() {
  return write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

bool EnginePeer::chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return write(size + std::string(bytes) + "\r\n");
}

bool EnginePeer::end_chunks() { return write("0\r\n\r\n"); }

bool EnginePeer::answer_lines(const std::vector<std::string>& lines) {
  if (!begin_chunks()) return false;
  for (const auto& line : lines)
    if (!chunk(line + "\r\n")) return false;
  return end_chunks();
}

void EnginePeer::wait_until_closed() {
  char ignored[4096];
  while (recv(fd_, ignored, sizeof ignored, 0) > 0) {
  }
}

FakeEngine::FakeEngine(Behaviour behaviour, std::string api_version)
    : behaviour_(std::move(behaviour)), newest_(std::move(api_version)) {
  char folder[] = "/tmp/kip-engine.XXXXXX";
  if (mkdtemp(folder) == nullptr) std::abort();
  folder_ = folder;
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  listen(listener, 64);
  threads_ = std::make_unique<ConnectionThreads>(listener, [this](int fd, int) { serve(fd); });
}

FakeEngine::~FakeEngine() {
  threads_.reset();
  unlink(socket().c_str());
  rmdir(folder_.c_str());
}

std::vector<std::string> FakeEngine::asked() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& request : requests_) lines.push_back(first_line(request));
  return lines;
}

std::string FakeEngine::last_request() const {
  const std::lock_guard lock(mutex_);
  std::string last;
  for (const auto& request : requests_)
    if (!first_line(request).ends_with("/_ping")) last = request;
  return last;
}

void FakeEngine::set_versions(const std::string& newest, const std::string& oldest) {
  const std::lock_guard lock(mutex_);
  newest_ = newest;
  oldest_ = oldest;
}

// Answers what an Engine's middleware does: the versions, and whether it takes this one. Of two
// digits after the point.
bool FakeEngine::answer_ping(EnginePeer& peer, const std::string& request) {
  std::string newest, oldest;
  {
    const std::lock_guard lock(mutex_);
    newest = newest_;
    oldest = oldest_;
  }
  const std::string header = newest.empty() ? "" : "Api-Version: " + newest + "\r\n";
  const auto version = request.find("/v1.");
  const auto asked = version == std::string::npos ? newest : request.substr(version + 2, 4);
  if (!newest.empty() && (asked < oldest || asked > newest))
    return peer.answer(400, R"({"message":"client version is too old or new"})", header);
  return request.find("/_ping") != std::string::npos && peer.answer(200, "OK", header);
}

void FakeEngine::serve(int fd) {
  EnginePeer peer(fd);
  const auto request = peer.read_request();
  if (request.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  if (!answer_ping(peer, first_line(request))) behaviour_(peer, request);
}

}  // namespace kip::testing
