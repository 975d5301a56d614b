#include "base/shortened.h"

#include <string_view>

#include "base/text.h"

namespace kip {

std::string shortened(const std::string& text, std::size_t limit) {
  constexpr std::string_view between = "…";
  if (text.size() <= limit) return text;
  if (limit < between.size()) return "";
  const std::string start = cut(text, (limit - between.size()) / 2);
  std::size_t end = text.size() - (limit - between.size() - start.size());
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return start + std::string(between) + text.substr(end);
}

}  // namespace kip
