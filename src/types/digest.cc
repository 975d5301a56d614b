#include "types/digest.h"

#include <algorithm>
#include <array>

namespace kip::types {

namespace {

struct Algorithm {
  std::string_view prefix;
  std::size_t hex_digits;
};
constexpr std::array<Algorithm, 3> algorithms{{{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}}};

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::optional<Digest> parse_digest(std::string_view text) {
  for (const auto& [prefix, hex_digits] : algorithms)
    if (text.starts_with(prefix) && text.size() == prefix.size() + hex_digits &&
        std::all_of(text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(),
                    is_lower_hex))
      return Digest(std::string(text));
  return std::nullopt;
}

std::string_view Digest::algorithm() const {
  return std::string_view(text_).substr(0, text_.find(':'));
}

std::string_view Digest::hex() const { return std::string_view(text_).substr(text_.find(':') + 1); }

}  // namespace kip::types
