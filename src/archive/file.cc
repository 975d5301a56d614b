#include "archive/file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kip::archive {

namespace {

// A disk writes so much in a tenth of a second or so.
constexpr std::uint64_t sent_at_once = 16 << 20;

}  // namespace

runtime::Failure file_failure(const std::string& what, int error) {
  using Kind = runtime::Failure::Kind;
  return {error == ENOSPC || error == EDQUOT ? Kind::no_space : Kind::other,
          what + ": " + std::strerror(error)};
}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

File::Status File::failed(const char* what) const {
  const int error = errno;
  return file_failure(name_ + " cannot be " + what, error);
}

std::uint64_t File::size() const {
  struct stat found {};
  return fstat(fd_, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

File::Status File::write(std::uint64_t at, std::string_view bytes) {
  const auto begin = at;
  while (!bytes.empty()) {
    const auto count = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("written");
    at += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  written_ += at - begin;
  if (written_ >= sent_at_once) {
    written_ = 0;
    sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);  // begins only; what is wrong sync() says
  }
  return Done{};
}

Result<std::string_view, runtime::Failure> File::read(std::uint64_t at, char* into,
                                                      std::size_t size) const {
  for (;;) {
    const auto count = pread(fd_, into, size, static_cast<off_t>(at));
    if (count >= 0) return std::string_view(into, static_cast<std::size_t>(count));
    if (errno != EINTR) return failed("read").error();
  }
}

File::Status File::truncate(std::uint64_t size) {
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0) return failed("cut");
  return Done{};
}

File::Status File::sync() {
  if (fsync(fd_) != 0) return failed("written to the disk");
  return Done{};
}

}  // namespace kip::archive
