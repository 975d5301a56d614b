#include "testing/connection_threads.h"

#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace kip::testing {

ConnectionThreads::ConnectionThreads(int listener, Serve serve)
    : listener_(listener), serve_(std::move(serve)), acceptor_([this] { accept_all(); }) {}

ConnectionThreads::~ConnectionThreads() {
  over_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (auto& each : threads_) each.join();
  close(listener_);
}

int ConnectionThreads::open() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(open_.size());
}

void ConnectionThreads::accept_all() {
  while (!over_) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    {
      const std::lock_guard lock(mutex_);
      open_.insert(fd);
    }
    const int number = accepted_++;
    threads_.emplace_back([this, fd, number] { run(fd, number); });
  }
}

void ConnectionThreads::run(int fd, int number) {
  serve_(fd, number);
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  close(fd);
}

}  // namespace kip::testing
