#include "filter/rule_lexer.h"

#include <algorithm>

#include "base/text.h"

namespace kip::filter {

namespace {

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

Error rule_error(std::size_t byte, const std::string& found, const std::string& expected) {
  return permanent("at byte " + std::to_string(byte) + ": found " + found + "; expected " +
                   expected);
}

std::string Token::shown() const {
  if (kind == Kind::end) return "the end";
  return kind == Kind::text ? "the text " + quoted(value, 40) : quoted(value, 40);
}

Result<Token> RuleLexer::next() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  Token token{.byte = at_ + 1};
  if (at_ == text_.size()) return token;
  const char first = text_[at_];
  if (first == '"' || first == '\'') return quoted_text(first);
  const auto begin = text_.begin() + static_cast<std::ptrdiff_t>(at_);
  if (is_of_word(first)) {
    token.kind = Token::Kind::word;
    token.value = std::string(begin, std::find_if_not(begin, text_.end(), is_of_word));
  } else {
    token.kind = Token::Kind::sign;
    for (const std::string_view sign : {"&&", "||", "==", "!=", "!", "(", ")", "[", "]", ","})
      if (token.value.empty() && text_.substr(at_).starts_with(sign)) token.value = sign;
    if (token.value.empty())
      return rule_error(token.byte, quoted(text_.substr(at_), 16),
                        "a field, a text in quotes, or one of && || ! ( ) == != [ ] ,");
  }
  at_ += token.value.size();
  return token;
}

Result<Token> RuleLexer::quoted_text(char quote) {
  Token token{.kind = Token::Kind::text, .byte = at_ + 1};
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == quote) {
      ++at_;
      return token;
    }
    // Any other backslash is itself: regular expressions have many.
    const bool takes_next =
        c == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == quote || text_[at_ + 1] == '\\');
    if (takes_next) ++at_;
    token.value += text_[at_];
  }
  return rule_error(token.byte, "a text without an end", std::string("a closing ") + quote);
}

}  // namespace kip::filter
