#include "controller/discovery_kinds.h"

#include "core/names.h"
#include "core/ownership.h"

namespace kip::controller {

bool is_of_a_puller(const json& object) {
  const json& labels = object_at(object, "/metadata/labels");
  return core::has_our_label(object) || labels.contains(core::release_label) ||
         labels.value(core::test_label, json()) == core::test_value;
}

std::string group_of(const discovery::WorkloadKind& kind) {
  constexpr std::string_view groups = "/apis/";
  if (!kind.api.starts_with(groups)) return {};
  const auto group = kind.api.substr(groups.size());
  return std::string(group.substr(0, group.find('/')));
}

}  // namespace kip::controller
