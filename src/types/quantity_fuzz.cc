// A quantity is what its canonical form says, canonical forms stay, and comparing is an order.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "types/quantity.h"

using kip::types::Quantity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto half = text.find('\n');  // two quantities, to compare
  const auto a = Quantity::parse(text.substr(0, half));
  if (!a) return 0;
  const auto again = Quantity::parse(a->canonical());
  if (!again || again->compare(*a) != 0 || again->canonical() != a->canonical()) std::abort();
  const auto stored = Quantity::parse(a->stored());
  if (stored && stored->stored() != a->stored()) std::abort();
  if (stored && (a->sign() < 0 ? stored->compare(*a) > 0 : stored->compare(*a) < 0)) std::abort();
  if (half == std::string_view::npos) return 0;
  const auto b = Quantity::parse(text.substr(half + 1));
  if (b && (a->compare(*b) > 0) != (b->compare(*a) < 0)) std::abort();
  if (b && (a->compare(*b) == 0) != (b->compare(*a) == 0)) std::abort();
  return 0;
}
