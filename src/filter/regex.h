// A regular expression of RE2's syntax, which is Go's: no look-ahead and no back references, so
// that matching takes time in proportion to the text. Found anywhere in a text unless it has ^ and
// $, as CEL's matches() does. A plain value; any thread may use it.
// Source: https://github.com/google/re2/wiki/Syntax
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace kip::filter {

class Regex {
 public:
  // At most max_regex bytes, and a program of at most 256 KiB: what one pattern may take of a small
  // service's memory.
  static Result<Regex> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool matches(std::string_view text) const;
  bool operator==(const Regex& other) const { return text_ == other.text_; }

 private:
  Regex(std::string text, std::shared_ptr<const re2::RE2> compiled);

  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;  // not null
};

inline constexpr std::size_t max_regex = 1000;  // bytes

}  // namespace kip::filter
