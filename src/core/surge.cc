#include "core/surge.h"

#include <algorithm>

namespace kip::core {

types::NodeCount max_surge(const types::NodeCount& configured, const types::NodeCount& observed,
                           std::size_t nodes, std::size_t held) {
  const std::size_t base = configured.of(nodes), current = observed.of(nodes);
  if (base == 0 || base >= nodes || held <= base / 4) return configured;
  const std::size_t half = (base + 1) / 2;  // of one place, one
  const types::NodeCount wanted(static_cast<std::int32_t>(std::min(base + held, nodes)));
  if (current <= base) return base < held + half ? wanted : configured;
  const bool too_few_free = current < held + half;
  const bool too_many_free = current >= held + base + half;
  return too_few_free || too_many_free ? wanted : observed;
}

}  // namespace kip::core
