#include "core/placement.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace kip::core {

namespace {

using config::Placement;

constexpr const char* required_terms =
    "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";

// k8s.io/kubernetes/pkg/controller/daemon/util, AddOrUpdateDaemonPodTolerations.
constexpr struct {
  std::string_view key, effect;
} given_anyway[] = {{"node.kubernetes.io/not-ready", "NoExecute"},
                    {"node.kubernetes.io/unreachable", "NoExecute"},
                    {"node.kubernetes.io/disk-pressure", "NoSchedule"},
                    {"node.kubernetes.io/memory-pressure", "NoSchedule"},
                    {"node.kubernetes.io/pid-pressure", "NoSchedule"},
                    {"node.kubernetes.io/unschedulable", "NoSchedule"}};

bool is_of_no_effect(const json& toleration) {
  const std::string effect = string_at(toleration, "/effect"), key = string_at(toleration, "/key");
  return effect == "PreferNoSchedule" ||
         std::any_of(std::begin(given_anyway), std::end(given_anyway),
                     [&](const auto& given) { return key == given.key && effect == given.effect; });
}

// "Equal" is the default of the operator, and "" of the others.
json in_one_form(const json& toleration) {
  json out = json::object();
  for (const char* field : {"key", "operator", "value", "effect"})
    if (const std::string text = string_at(toleration, std::string("/") + field);
        !text.empty() && (field != std::string_view("operator") || text != "Equal"))
      out[field] = text;
  return out;
}

json tolerations_in_one_form(const json& tolerations) {
  std::vector<json> out;
  for (const auto& each : tolerations)
    if (!is_of_no_effect(each)) out.push_back(in_one_form(each));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Placement placement_of(const json& node_selector, const json& affinity, const json& tolerations) {
  return {
      .node_selector = node_selector.is_object() ? node_selector : json::object(),
      .node_terms = array_at(affinity, required_terms),
      .tolerations = tolerations.is_array() ? tolerations_in_one_form(tolerations) : json::array()};
}

// core/v1 NodeSelectorTerm: "A null or empty node selector term matches no objects."
bool is_empty(const json& term) {
  return array_at(term, "/matchExpressions").empty() && array_at(term, "/matchFields").empty();
}

json both(const json& a, const json& b) {
  json term = json::object();
  for (const char* part : {"matchExpressions", "matchFields"}) {
    json list = json::array();
    for (const json* from : {&a, &b})
      for (const auto& each : array_at(*from, std::string("/") + part))
        if (std::find(list.begin(), list.end(), each) == list.end()) list.push_back(each);
    if (!list.empty()) term[part] = std::move(list);
  }
  return term;
}

// What a label may be, as far as In and DoesNotExist say.
bool can_match(const json& term, const json& node_selector) {
  std::map<std::string, std::set<std::string>> allowed;
  for (const auto& [key, value] : node_selector.items()) allowed[key] = {value};
  std::set<std::string> absent;
  for (const auto& each : array_at(term, "/matchExpressions")) {
    const std::string key = string_at(each, "/key"), how = string_at(each, "/operator");
    if (how == "DoesNotExist") absent.insert(key);
    if (how != "In") continue;
    std::set<std::string> values;
    for (const auto& value : array_at(each, "/values"))
      if (value.is_string()) values.insert(value);
    const auto [known, is_new] = allowed.try_emplace(key, values);
    if (!is_new)
      std::erase_if(known->second, [&](const auto& value) { return !values.contains(value); });
  }
  return std::all_of(allowed.begin(), allowed.end(), [&](const auto& entry) {
    return !entry.second.empty() && !absent.contains(entry.first);
  });
}

bool has_each(const json& list, const json& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const json& each) {
    return std::find(list.begin(), list.end(), each) != list.end();
  });
}

// A node of the narrow term is one of the wide term: what this asks for, that does, too.
bool implies(const json& narrow, const json& wide) {
  return has_each(array_at(narrow, "/matchExpressions"), array_at(wide, "/matchExpressions")) &&
         has_each(array_at(narrow, "/matchFields"), array_at(wide, "/matchFields"));
}

bool tolerates(const json& tolerations, const json& toleration) {
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const json& each) {
    if (each == toleration) return true;
    const std::string effect = string_at(each, "/effect");
    return string_at(each, "/operator") == "Exists" &&
           (!each.contains("key") || each.at("key") == string_at(toleration, "/key")) &&
           (effect.empty() || effect == string_at(toleration, "/effect"));
  });
}

}  // namespace

Placement placement_of(const json& pod_spec) {
  return placement_of(at(pod_spec, "/nodeSelector"), at(pod_spec, "/affinity"),
                      at(pod_spec, "/tolerations"));
}

Placement placement_of(const config::Settings& settings) {
  return placement_of(settings.node_selector, settings.affinity, settings.tolerations);
}

Result<Placement> within(const Placement& settings, const Placement& workload) {
  Placement out = workload;
  for (const auto& [key, value] : settings.node_selector.items()) {
    const auto [found, is_new] = out.node_selector.emplace(key, value);
    if (!is_new && *found != value)
      return permanent("it is for nodes with " + key + "=" + to_text(*found) +
                       ", and NODE_SELECTOR asks for " + to_text(value));
  }
  static const json any_node = json::array({json::object()});
  json terms = json::array();
  for (const auto& a : settings.node_terms.empty() ? any_node : settings.node_terms)
    for (const auto& b : workload.node_terms.empty() ? any_node : workload.node_terms) {
      if ((is_empty(a) && !settings.node_terms.empty()) ||
          (is_empty(b) && !workload.node_terms.empty()))
        continue;
      json term = both(a, b);
      if (can_match(term, out.node_selector)) terms.push_back(std::move(term));
    }
  if (terms.empty())
    return permanent("no node is selected both by its workload, " +
                     kip::quoted(text_of(workload), 300) + ", and by NODE_SELECTOR and AFFINITY");
  out.node_terms =
      settings.node_terms.empty() && workload.node_terms.empty() ? json::array() : std::move(terms);
  return out;
}

bool covers(const Placement& wide, const Placement& narrow) {
  for (const auto& [key, value] : wide.node_selector.items())
    if (const auto found = narrow.node_selector.find(key);
        found == narrow.node_selector.end() || *found != value)
      return false;
  const bool is_within_terms =
      wide.node_terms.empty() ||
      (!narrow.node_terms.empty() &&
       std::all_of(narrow.node_terms.begin(), narrow.node_terms.end(), [&](const json& term) {
         return std::any_of(wide.node_terms.begin(), wide.node_terms.end(),
                            [&](const json& wide_term) {
                              return !is_empty(wide_term) && implies(term, wide_term);
                            });
       }));
  return is_within_terms &&
         std::all_of(narrow.tolerations.begin(), narrow.tolerations.end(),
                     [&](const json& each) { return tolerates(wide.tolerations, each); });
}

void put_placement(const Placement& placement, config::Settings& settings) {
  settings.node_selector = placement.node_selector;
  settings.tolerations = placement.tolerations;
  const json::json_pointer terms(required_terms);
  if (!placement.node_terms.empty())
    settings.affinity[terms] = placement.node_terms;
  else if (settings.affinity.contains(terms))
    settings.affinity["nodeAffinity"].erase("requiredDuringSchedulingIgnoredDuringExecution");
}

}  // namespace kip::core
