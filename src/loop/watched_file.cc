#include "loop/watched_file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

namespace kip {

namespace {

constexpr std::size_t largest_bytes = 4 << 20;

bool same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Error cannot(const std::string& path, const std::string& what, const std::string& why) {
  return permanent(what + " " + quoted(path, 300) + " cannot be read: " + why);
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, const std::string& what) {
  // Not to block on a fifo that somebody put there.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot(path, what, std::strerror(errno));
  std::string content;
  std::array<char, 16384> part{};
  ssize_t got = 0;
  while (content.size() <= largest_bytes && (got = ::read(fd, part.data(), part.size())) != 0) {
    if (got > 0) content.append(part.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  const std::string why = got < 0 ? std::strerror(errno) : "";
  close(fd);
  if (!why.empty()) return cannot(path, what, why);
  if (content.size() > largest_bytes) return cannot(path, what, "it is over 4 MiB");
  return content;
}

Result<std::string> WatchedFile::read() {
  struct stat now {};
  const bool there = stat(path_.c_str(), &now) == 0;
  if (known_ && there && same(now, seen_)) return content_;
  auto content = read_small_file(path_, what_);
  if (!content) return ever_read_ ? Result<std::string>(content_) : content;
  content_ = *content;
  seen_ = now;  // from before the read: what changed meanwhile is read again the next time
  known_ = there;
  ever_read_ = true;
  return content_;
}

std::string WatchedFile::text_if_there() {
  struct stat now {};
  if (stat(path_.c_str(), &now) != 0 && errno == ENOENT) return "";
  const auto text = read();
  return text ? *text : "";
}

}  // namespace kip
