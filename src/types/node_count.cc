#include "types/node_count.h"

#include <charconv>
#include <limits>
#include <optional>

#include "base/text.h"

namespace kip::types {

namespace {

// All of `digits`, from 0.
std::optional<std::int32_t> number_in(std::string_view digits) {
  std::int32_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc{} || end != digits.data() + digits.size() || value < 0)
    return std::nullopt;
  return value;
}

}  // namespace

Result<NodeCount> NodeCount::parse(std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto value = number_in(text.substr(0, text.size() - (percent ? 1 : 0)));
  if (!value || *value < 1 || (percent && *value > 100))
    return permanent(kip::quoted(text) +
                     " is not a number of nodes; expected a whole number from 1 to 2147483647, or "
                     "a percentage from 1% to 100%");
  NodeCount out(*value);
  out.is_percentage_ = percent;
  return out;
}

NodeCount NodeCount::from_json(const json& value) {
  NodeCount out;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!text.ends_with('%')) return out;
    out.number_ = number_in(std::string_view(text).substr(0, text.size() - 1)).value_or(0);
    out.is_percentage_ = true;
  } else if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (number > 0 && number <= std::numeric_limits<std::int32_t>::max())
      out.number_ = static_cast<std::int32_t>(number);
  }
  return out;
}

json NodeCount::to_json() const { return is_percentage_ ? json(text()) : json(number_); }

std::string NodeCount::text() const {
  return std::to_string(number_) + (is_percentage_ ? "%" : "");
}

std::size_t NodeCount::of(std::size_t nodes) const {
  const auto number = static_cast<std::size_t>(number_);
  return is_percentage_ ? (nodes * number + 99) / 100 : number;
}

}  // namespace kip::types
