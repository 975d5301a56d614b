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

json max_surge(const json& configured, const json& observed, std::size_t nodes, std::size_t held) {
  const std::size_t base = as_count(configured, nodes), current = as_count(observed, nodes);
  if (base == 0 || base >= nodes || held <= base / 4) return configured;
  const std::size_t half = (base + 1) / 2;  // of one place, one
  const std::size_t wanted = std::min(base + held, nodes);
  if (current <= base) return base < held + half ? json(wanted) : configured;
  const bool too_few_free = current < held + half;
  const bool too_many_free = current >= held + base + half;
  return too_few_free || too_many_free ? json(wanted) : observed;
}

}  // namespace kip::core
