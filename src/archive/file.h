// A file descriptor, and whole reads and writes of it. Any thread may use one of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "runtime/failure.h"

namespace kip::archive {

// What the system said of a file: `no space`, or another.
runtime::Failure file_failure(const std::string& what, int error);

class File {
 public:
  File() = default;
  File(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~File();
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(name_, other.name_);
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  const std::string& name() const { return name_; }  // for messages
  std::uint64_t size() const;

  using Status = Result<Done, runtime::Failure>;
  // All of it. What is written is on its way to the disk soon, so that sync() has little to wait
  // for.
  Status write(std::uint64_t at, std::string_view bytes);
  // As many as there are, up to `size`; empty at the end of the file.
  Result<std::string_view, runtime::Failure> read(std::uint64_t at, char* into,
                                                  std::size_t size) const;
  Status truncate(std::uint64_t size);
  Status sync();

 private:
  Status failed(const char* what) const;

  int fd_ = -1;
  std::string name_;
  std::uint64_t written_ = 0;  // bytes, since the last were sent to the disk
};

}  // namespace kip::archive
