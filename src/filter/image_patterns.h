// A list of images, some by name and some by how they are written: DISCOVER_INCLUDE and
// DISCOVER_EXCLUDE. Plain values; any thread may use them.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "filter/regex.h"
#include "types/image_reference.h"

namespace kip::filter {

struct Contains {
  std::string part;
  bool operator==(const Contains&) const = default;
};
struct Prefix {
  std::string begin;
  bool operator==(const Prefix&) const = default;
};

class ImagePatterns {
 public:
  // Separated by white space: `contains:TEXT`, `prefix:TEXT`, `regex:EXPRESSION`, or an image;
  // without tag and digest that means all of its repository. The error names the entry, from 1.
  static Result<ImagePatterns> parse(std::string_view text);

  bool is_empty() const { return patterns_.empty(); }
  // Whether one of them is for the image: as it is written, or in full, so that
  // `prefix:docker.io/library/` is for "busybox".
  bool match(const types::ImageReference& image) const;
  bool operator==(const ImagePatterns&) const = default;

 private:
  using Pattern = std::variant<types::ImageReference, Contains, Prefix, Regex>;
  static Result<Pattern> parse_one(std::string_view entry);

  std::vector<Pattern> patterns_;
};

// What each image is judged by is bounded.
inline constexpr std::size_t max_patterns = 200;

}  // namespace kip::filter
