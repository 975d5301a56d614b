#include "core/ownership.h"

#include <algorithm>

#include "core/names.h"
#include "types/object.h"

namespace kip::core {

namespace {

bool is_made_by_a_puller(const json& daemonset) {
  const json& selected = object_at(daemonset, "/spec/selector/matchLabels");
  return has_our_label(daemonset) || (selected.value(name_label, json()) == name_value &&
                                      selected.value(test_label, json()) == test_value);
}

bool is_owned_by_deployment(const json& daemonset, const std::string& name) {
  const json& owners = object::owners(daemonset);
  return !name.empty() && std::any_of(owners.begin(), owners.end(), [&](const json& owner) {
    return string_at(owner, "/kind") == "Deployment" && string_at(owner, "/name") == name;
  });
}

}  // namespace

bool is_ours(const json& daemonset, const config::Settings& settings, const Facts& facts,
             const Predecessors& predecessors) {
  return other_owner(daemonset, facts, predecessors) == nullptr &&
         (is_made_by_a_puller(daemonset) ||
          is_owned_by_deployment(daemonset, settings.deployment_name));
}

const json* other_owner(const json& daemonset, const Facts& facts,
                        const Predecessors& predecessors) {
  if (!facts.owner || facts.owner->kind == "Deployment") return nullptr;
  for (const auto& owner : object::owners(daemonset)) {
    const std::string kind = string_at(owner, "/kind"), uid = string_at(owner, "/uid");
    const bool is_puller = kind == "Deployment" || kind == facts.owner->kind;
    if (is_puller && uid != facts.owner->uid && !predecessors.contains(uid)) return &owner;
  }
  return nullptr;
}

bool has_our_label(const json& object) {
  return object_at(object, "/metadata/labels").value(managed_by_label, json()) == managed_by_value;
}

bool is_of_a_puller(const json& object) {
  const json& labels = object_at(object, "/metadata/labels");
  return has_our_label(object) || labels.contains(release_label) ||
         labels.value(test_label, json()) == test_value;
}

std::string our_label_selector() { return std::string(managed_by_label) + "=" + managed_by_value; }

bool has_its_owner(const json& daemonset, const Facts& facts) {
  return !facts.owner || object::is_owned_by(daemonset, facts.owner->uid);
}

bool is_left_over(const json& daemonset, const std::string& daemonset_name, const Facts& facts) {
  if (!has_our_label(daemonset)) return false;
  if (facts.owner && object::is_owned_by(daemonset, facts.owner->uid)) return true;
  return object::owners(daemonset).empty() &&
         object_at(daemonset, "/metadata/annotations").value(part_of, json()) == daemonset_name;
}

}  // namespace kip::core
