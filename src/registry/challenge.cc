#include "registry/challenge.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.h"

namespace kip::registry {

namespace {

// RFC 9110, section 5.6.2.
bool is_token_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  // Spaces and, between the elements of a list, commas.
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    std::string found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    return found;
  }
  // A quoted string without its quotes and backslashes; nothing where its end is missing.
  std::optional<std::string> quoted_string() {
    std::string found;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return found;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      found += rest_[i];
    }
    return std::nullopt;
  }
  std::optional<std::string> value() {
    if (rest_.starts_with('"')) return quoted_string();
    std::string found = token();
    if (found.empty()) return std::nullopt;
    return found;
  }
  // `name = value`, or nothing, and then nothing is taken.
  std::optional<std::pair<std::string, std::string>> parameter() {
    const std::string_view before = rest_;
    std::string name = token();
    skip(" \t");
    if (!name.empty() && take('=')) {
      skip(" \t");
      if (auto found = value()) return std::pair(std::move(name), *std::move(found));
    }
    rest_ = before;
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string_view Challenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> all;
  Reader reader(header);
  for (;;) {
    reader.skip(" \t,");
    if (reader.at_end()) return all;
    // In a list, a parameter and the next challenge look alike up to the equals sign.
    if (!all.empty()) {
      if (auto parameter = reader.parameter()) {
        all.back().parameters.insert(*std::move(parameter));
        continue;
      }
    }
    Challenge next;
    next.scheme = lowered(reader.token());
    if (next.scheme.empty()) return all;
    reader.skip(" \t");
    if (auto parameter = reader.parameter()) next.parameters.insert(*std::move(parameter));
    all.push_back(std::move(next));
  }
}

}  // namespace kip::registry
