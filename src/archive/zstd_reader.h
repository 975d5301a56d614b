// What a file that zstd packed unpacks to, piece by piece. libarchive unpacks it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"

struct archive;

namespace kip::archive {

class ZstdReader {
 public:
  // Reads `fd`, which outlives this, from its begin.
  explicit ZstdReader(int fd);
  ~ZstdReader();

  // The next bytes, valid until the next call; empty at the end. An Error where it is not zstd, or
  // not whole. It takes the memory that the packer's window asks for: 8 MiB as usual, 128 MiB at
  // most.
  Result<std::string_view> next();

 private:
  struct Free {
    void operator()(struct ::archive* p) const;
  };
  const std::unique_ptr<struct ::archive, Free> reader_;
  bool is_open_ = false;
};

}  // namespace kip::archive
