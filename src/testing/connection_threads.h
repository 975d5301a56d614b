// What servers for tests share: each connection has a thread, and all ends with this.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace kip::testing {

class ConnectionThreads {
 public:
  // Runs in the connection's thread; the descriptor is closed after it. Numbers begin at 0.
  using Serve = std::function<void(int fd, int number)>;

  // Accepts from a socket that listens, which is closed at the end.
  ConnectionThreads(int listener, Serve serve);
  // Shuts all connections, and waits until each was served.
  ~ConnectionThreads();
  ConnectionThreads(const ConnectionThreads&) = delete;
  ConnectionThreads& operator=(const ConnectionThreads&) = delete;

  int accepted() const { return accepted_; }
  // That are served now.
  int open() const;

 private:
  void accept_all();
  void run(int fd, int number);

  const int listener_;
  const Serve serve_;
  std::atomic<int> accepted_ = 0;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_;
  std::set<int> open_;                // guarded by mutex_
  std::vector<std::thread> threads_;  // of the accepting thread, until it ended
  std::thread acceptor_;
};

}  // namespace kip::testing
