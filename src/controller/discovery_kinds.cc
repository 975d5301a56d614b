#include "controller/discovery_kinds.h"

namespace kip::controller {

std::string group_of(const discovery::WorkloadKind& kind) {
  constexpr std::string_view groups = "/apis/";
  if (!kind.api.starts_with(groups)) return {};
  const auto group = kind.api.substr(groups.size());
  return std::string(group.substr(0, group.find('/')));
}

}  // namespace kip::controller
