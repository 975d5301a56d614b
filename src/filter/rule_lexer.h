// The words of a rule (rule.h). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::filter {

struct Token {
  enum class Kind { end, word, text, sign };
  Kind kind = Kind::end;
  std::string value = {};  // a text without its quotes; a sign such as "&&"
  std::size_t byte = 1;    // where it begins, from 1

  bool is(std::string_view sign_or_word) const {
    return (kind == Kind::sign || kind == Kind::word) && value == sign_or_word;
  }
  std::string shown() const;  // for messages
};

class RuleLexer {
 public:
  explicit RuleLexer(std::string_view text) : text_(text) {}  // not owned
  Result<Token> next();

 private:
  Result<Token> quoted_text(char quote);

  std::string_view text_;
  std::size_t at_ = 0;
};

// `at byte 7: found "x"; expected …`
Error rule_error(std::size_t byte, const std::string& found, const std::string& expected);

}  // namespace kip::filter
