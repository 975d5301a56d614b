// The tokens of JSON, and where they stand: the lower half of json_value.h's parser, used by it
// alone.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

class JsonScanner {
 public:
  // `text` must outlive the scanner.
  explicit JsonScanner(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  void skip_space();

  // Passes `token` if it stands here.
  bool take(std::string_view token);

  Result<std::string> string();  // from its opening quote
  Result<json> number();         // integers stay integers where 64 bits hold them

  // "line 1, column 5: <what>", for the present position.
  Error error(const std::string& what) const;
  // "line 1, column 5: found "x", expected <expected>"
  Error unexpected(const std::string& expected) const;

 private:
  Result<unsigned> code_unit();      // four hexadecimal digits
  Status escape(std::string& into);  // from behind the backslash

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace kip::config
