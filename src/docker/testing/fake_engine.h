// A server on a unix socket in a folder of its own, which behaves as badly as a test tells it to.
// It answers /_ping itself. Each connection has a thread that runs the test's function; everything
// ends with the server.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "testing/connection_threads.h"

namespace kip::testing {

// The server's end of one connection. Used by its thread alone.
class EnginePeer {
 public:
  explicit EnginePeer(int fd) : fd_(fd) {}

  // The head of the request; "" when the client is gone.
  std::string read_request();
  // False when the client is gone.
  bool write(std::string_view bytes);
  // A whole answer with a Content-Length.
  bool answer(int status, std::string_view body, std::string_view more_headers = "");
  // A head that announces chunks; one chunk; the end of them.
  bool begin_chunks();
  bool chunk(std::string_view bytes);
  bool end_chunks();
  // All lines of a pull, as an Engine answers it that has nothing to complain of.
  bool answer_lines(const std::vector<std::string>& lines);
  // Until the client, or the server's end, closes the connection.
  void wait_until_closed();

 private:
  const int fd_;
};

class FakeEngine {
 public:
  using Behaviour = std::function<void(EnginePeer&, const std::string& request)>;

  explicit FakeEngine(Behaviour behaviour, std::string api_version = "1.41");
  ~FakeEngine();

  std::string socket() const { return folder_ + "/docker.sock"; }
  // First lines without "HTTP/1.1": "GET /v1.41/images/json".
  std::vector<std::string> asked() const;
  // The whole head of the last one that was no ping.
  std::string last_request() const;
  // That the client did not close yet, or whose function still runs.
  int open_connections() const { return threads_->open(); }
  // As from now on; the oldest version that it takes.
  void set_versions(const std::string& newest, const std::string& oldest);

 private:
  void serve(int fd);
  bool answer_ping(EnginePeer& peer, const std::string& request);

  const Behaviour behaviour_;
  std::string folder_;
  mutable std::mutex mutex_;
  std::string newest_, oldest_ = "1.12";  // guarded by mutex_
  std::vector<std::string> requests_;     // guarded by mutex_
  std::unique_ptr<ConnectionThreads> threads_;
};

}  // namespace kip::testing
