#include "core/pins.h"

#include <algorithm>

#include "base/text.h"
#include "core/names.h"
#include "core/pod_template.h"
#include "core/rollout.h"
#include "types/object.h"

namespace kip::core {

std::string pins_instance(const std::string& namespace_name, const std::string& daemonset_name) {
  constexpr std::size_t longest = 63, of_checksum = 17;
  std::string whole = namespace_name + "." + daemonset_name;
  if (whole.size() <= longest) return whole;
  return whole.substr(0, longest - of_checksum) + "-" + checksum(whole);
}

std::string pinned_by(const json& daemonset) {
  const json& annotations = object_at(daemonset, "/metadata/annotations");
  const auto mark = annotations.find(pins_mark);
  return mark != annotations.end() && mark->is_string() ? mark->get<std::string>() : "";
}

std::string release_name(const std::string& daemonset_name) {
  constexpr std::size_t longest = 253;
  const std::string end = "-release";
  if (daemonset_name.size() + end.size() <= longest) return daemonset_name + end;
  const std::string sum = "-" + checksum(daemonset_name);
  return daemonset_name.substr(0, longest - sum.size() - end.size()) + sum + end;
}

json release_daemonset(const config::Settings& settings, const Facts& facts,
                       const json& daemonset) {
  const std::string name = object::name(daemonset);
  const json labels = {{release_label, checksum(name)}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "DaemonSet"},
          {"metadata",
           {{"name", release_name(name)},
            {"namespace", settings.namespace_name},
            {"labels", labels},
            {"ownerReferences", json::array({{{"apiVersion", "apps/v1"},
                                              {"kind", "DaemonSet"},
                                              {"name", name},
                                              {"uid", object::uid(daemonset)}}})}}},
          {"spec",
           {{"selector", {{"matchLabels", labels}}},
            {"template",
             {{"metadata", {{"labels", labels}}},
              {"spec", releasing_pod_spec(settings, facts, pinned_by(daemonset))}}}}}};
}

bool is_releasing(const json& daemonset) {
  return object_at(daemonset, "/metadata/labels").contains(release_label);
}

std::optional<Release> release_of(const json& releasing) {
  if (!is_seen_by_controller(releasing)) return std::nullopt;
  const std::int64_t nodes = int_at(releasing, "/status/desiredNumberScheduled");
  const std::int64_t ready = int_at(releasing, "/status/numberReady");
  return Release{nodes, std::max<std::int64_t>(nodes - ready, 0)};
}

}  // namespace kip::core
