#include "core/surge.h"

#include <algorithm>
#include <string>

namespace kip::core {

namespace {

// The API rounds maxSurge percentages up (apps/v1 RollingUpdateDaemonSet).
std::size_t as_count(const json& surge, std::size_t nodes) {
  if (surge.is_number_integer()) return surge.get<std::size_t>();
  if (!surge.is_string()) return 0;
  const std::size_t percent = std::strtoul(surge.get<std::string>().c_str(), nullptr, 10);
  return (nodes * percent + 99) / 100;
}

}  // namespace

json max_surge(const json& configured, const json& observed, std::size_t nodes,
               std::size_t blocked) {
  const std::size_t base = as_count(configured, nodes), current = as_count(observed, nodes);
  if (blocked == 0 || base == 0 || base >= nodes) return configured;
  if (current < base) return configured;
  if (blocked < current || current >= nodes) return observed;
  return std::min(std::max(current, base) * 2, nodes);
}

}  // namespace kip::core
