// What was written into a folder, as a file beside the archives keeps it: only that is ever pruned.
// Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kip::archive {

struct Recorded {
  std::string image = {};     // as it was written
  std::string platform = {};  // "linux/amd64"
  std::string mark = {};      // what the archive says of itself
  std::string digest = {};    // of the tag when it was asked last; empty: not known
  std::string old_file = {};  // a link to it; empty: none
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  // ns since 1970, as the file system has it
  bool operator==(const Recorded&) const = default;
};

struct Record {
  std::map<std::string, Recorded> archives;  // by file
  std::optional<WallTime> finished;          // the last pass over a whole list
  std::string list = {};                     // that list, as key_of_list() has it
  // Layers of zstd for which there was no room, by their digests: bytes that each unpacks to at the
  // least. So they are not fetched at each pass to find that again.
  std::map<std::string, std::uint64_t> too_large = {};
  bool operator==(const Record&) const = default;
};

std::string to_text(const Record& record);

// Of a text that is none, or that names files outside the folder, what can be used: that of another
// is not to be trusted.
Record parse_record(std::string_view text);

// A path that stays below its folder, as ours do: no empty part, none that begins with a dot.
bool stays_below(std::string_view path);

}  // namespace kip::archive
