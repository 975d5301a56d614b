// Entries of tar files. libarchive makes and reads the headers; where they are in a file is ours to
// say, so that a file can be written further where it was left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kip::archive {

inline constexpr std::uint64_t tar_header_bytes = 512;

// The header of a regular file of root's, mode 0644, of 1970: the same for everybody. `path` has at
// most 99 bytes. In GNU's format, whose header has one size also for files of 8 GiB and more.
std::string tar_header(const std::string& path, std::uint64_t size);

// The size that a header says; nothing where it says none. The rest of it is not looked at.
std::optional<std::uint64_t> size_in_header(std::string_view header);

// With the zeros behind an entry's data.
constexpr std::uint64_t padded(std::uint64_t size) {
  return (size + tar_header_bytes - 1) / tar_header_bytes * tar_header_bytes;
}

// What ends an archive.
std::string tar_end();

struct TarEntry {
  std::string path;
  std::uint64_t offset, size;  // of the data, in bytes
  bool operator==(const TarEntry&) const = default;
};

// The regular files of an archive, without reading what is in them. `fd` is read from its begin.
Result<std::vector<TarEntry>> tar_entries(int fd);

}  // namespace kip::archive
