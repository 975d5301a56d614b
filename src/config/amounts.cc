#include "config/amounts.h"

#include <string>

#include "base/text.h"

namespace kip::config {

namespace {

// CRI-O refuses containers with less, and runc before 1.2 needs 11 MiB to start any.
constexpr std::string_view smallest_memory = "12Mi";

Problem warning(std::string message) {
  return {Problem::Severity::warning, "", std::move(message)};
}

bool was_read(const types::Quantity& quantity) { return !quantity.text().empty(); }

}  // namespace

Problems read_amount(std::string_view text, const AmountRule& rule, types::Quantity& into) {
  auto parsed = types::Quantity::parse(text);
  if (!parsed) return {error(parsed.error().message)};
  const int sign = parsed->sign();
  if (sign < 0 || (rule.is_limit && sign == 0))
    return {error(kip::quoted(text) + (sign < 0 ? " is negative" : " is no limit") + "; expected " +
                  (rule.is_limit ? "more than 0" : "0 or more"))};
  Problems problems;
  if (rule.is_memory && !parsed->is_whole())
    problems.push_back(
        warning(kip::quoted(text) + " is a fraction of a byte" +
                (text.ends_with('m') ? ": \"m\" means thousandths, mega is \"M\"" : "") +
                "; expected whole bytes, such as 20Mi"));
  into = std::move(*parsed);
  return problems;
}

Problems check_request(const types::Quantity& request, const types::Quantity& limit,
                       const char* limit_name) {
  if (!was_read(request) || !was_read(limit) || request.compare(limit) <= 0) return {};
  return {error(kip::quoted(request.text()) + " is more than " + limit_name + ", which is " +
                kip::quoted(limit.text()) + "; expected at most the limit")};
}

Problems check_memory_limit(const types::Quantity& limit) {
  static const auto least = types::Quantity::parse(smallest_memory);
  if (!was_read(limit) || limit.compare(*least) >= 0) return {};
  return {warning(kip::quoted(limit.text()) + " is less than " + std::string(smallest_memory) +
                  ": CRI-O refuses such containers, and runc before 1.2 cannot start them; "
                  "expected " +
                  std::string(smallest_memory) + " or more")};
}

}  // namespace kip::config
