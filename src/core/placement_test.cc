// Placements, and node_match.h, on simulated nodes, judged as kube-scheduler's filters NodeAffinity
// and TaintToleration judge (k8s.io/component-helpers/scheduling/corev1): by rules of the test's
// own, so that a wrong one of the product is found.
#include "core/placement.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/node_match.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using config::Placement;

bool holds(const json& requirement, const json& labels) {
  const std::string how = string_at(requirement, "/operator");
  const auto label = labels.find(string_at(requirement, "/key"));
  const bool is_there = label != labels.end();
  if (how == "Exists") return is_there;
  if (how == "DoesNotExist") return !is_there;
  const json& values = array_at(requirement, "/values");
  const bool is_one = is_there && std::find(values.begin(), values.end(), *label) != values.end();
  if (how == "In") return is_one;
  if (how == "NotIn") return !is_one;
  if (!is_there) return false;
  const int has = std::stoi(label->get<std::string>()),
            than = std::stoi(values.at(0).get<std::string>());
  return how == "Gt" ? has > than : has < than;
}

bool holds(const json& term, const json& labels, const json& fields) {
  const json &expressions = array_at(term, "/matchExpressions"),
             &on_fields = array_at(term, "/matchFields");
  if (expressions.empty() && on_fields.empty()) return false;
  return std::all_of(expressions.begin(), expressions.end(),
                     [&](const json& each) { return holds(each, labels); }) &&
         std::all_of(on_fields.begin(), on_fields.end(),
                     [&](const json& each) { return holds(each, fields); });
}

bool tolerates(const json& toleration, const json& taint) {
  if (toleration.contains("effect") && toleration["effect"] != taint["effect"]) return false;
  if (toleration.contains("key") && toleration["key"] != taint["key"]) return false;
  if (string_at(toleration, "/operator") == "Exists") return true;
  return string_at(toleration, "/value") == string_at(taint, "/value");
}

bool is_selected(const json& node, const json& pod_spec) {
  const json& labels = object_at(node, "/metadata/labels");
  for (const auto& [key, value] : object_at(pod_spec, "/nodeSelector").items())
    if (!labels.contains(key) || labels[key] != value) return false;
  const json& terms =
      array_at(pod_spec,
               "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/"
               "nodeSelectorTerms");
  return terms.empty() || std::any_of(terms.begin(), terms.end(), [&](const json& term) {
           return holds(term, labels, {{"metadata.name", at(node, "/metadata/name")}});
         });
}

bool is_tolerated(const json& node, const json& pod_spec) {
  const json& tolerations = array_at(pod_spec, "/tolerations");
  const json& taints = array_at(node, "/spec/taints");
  return std::all_of(taints.begin(), taints.end(), [&](const json& taint) {
    return taint["effect"] == "PreferNoSchedule" ||
           std::any_of(tolerations.begin(), tolerations.end(),
                       [&](const json& each) { return tolerates(each, taint); });
  });
}

bool may_run(const json& node, const json& pod_spec) {
  return is_selected(node, pod_spec) && is_tolerated(node, pod_spec);
}

json as_pod(const Placement& placement) {
  config::Settings settings = testing::some_settings();
  put_placement(placement, settings);
  return {{"nodeSelector", settings.node_selector},
          {"affinity", settings.affinity},
          {"tolerations", settings.tolerations}};
}

// Few keys and values, so that things meet.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(engine_); }
  bool chance(int of) { return below(of) == 0; }

  json node(int number) {
    json labels = json::object(), taints = json::array();
    for (const char* key : {"pool", "disk", "cores"})
      if (!chance(3)) labels[key] = std::to_string(below(3));
    if (chance(3))
      taints.push_back({{"key", "t" + std::to_string(below(2))},
                        {"value", std::to_string(below(2))},
                        {"effect", effect()}});
    return {{"metadata", {{"name", "n" + std::to_string(number)}, {"labels", labels}}},
            {"spec", {{"taints", taints}}}};
  }
  json pod() {
    json spec = json::object();
    for (const char* key : {"pool", "disk"})
      if (chance(4)) spec["nodeSelector"][key] = std::to_string(below(3));
    if (chance(2)) {
      json terms = json::array();
      for (int i = 1 + below(2); i > 0; --i) terms.push_back(term());
      spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
          ["nodeSelectorTerms"] = terms;
    }
    for (int i = below(3); i > 0; --i) spec["tolerations"].push_back(toleration());
    return spec;
  }

 private:
  std::string effect() {
    return std::vector<std::string>{"NoSchedule", "NoExecute",
                                    "PreferNoSchedule"}[static_cast<std::size_t>(below(3))];
  }
  json requirement() {
    const char* key =
        std::vector<const char*>{"pool", "disk", "cores"}[static_cast<std::size_t>(below(3))];
    switch (below(5)) {
      case 0:
        return {{"key", key}, {"operator", "Exists"}};
      case 1:
        return {{"key", key}, {"operator", "DoesNotExist"}};
      case 2:
        return {{"key", "cores"},
                {"operator", chance(2) ? "Gt" : "Lt"},
                {"values", {std::to_string(below(3))}}};
      default:
        return {{"key", key},
                {"operator", chance(3) ? "NotIn" : "In"},
                {"values", {std::to_string(below(3)), std::to_string(below(3))}}};
    }
  }
  json term() {
    json out = json::object();
    for (int i = below(3); i > 0; --i) out["matchExpressions"].push_back(requirement());
    if (chance(6))
      out["matchFields"].push_back({{"key", "metadata.name"},
                                    {"operator", "In"},
                                    {"values", {"n" + std::to_string(below(20))}}});
    return out;
  }
  json toleration() {
    json out = json::object();
    if (!chance(4)) out["key"] = "t" + std::to_string(below(2));
    if (!out.contains("key") || chance(2))
      out["operator"] = "Exists";
    else
      out["value"] = std::to_string(below(2));
    if (chance(2)) out["effect"] = effect();
    if (chance(5)) out["tolerationSeconds"] = 60;
    return out;
  }
  std::mt19937 engine_;
};

class Simulation : public ::testing::Test {
 protected:
  Random random{20261130};
  std::vector<json> nodes = [this] {
    std::vector<json> list;
    for (int i = 0; i < 60; ++i) list.push_back(random.node(i));
    return list;
  }();
};

TEST_F(Simulation, APlacementSelectsTheNodesThatTheSchedulerDoes) {
  int selected = 0;
  for (int i = 0; i < 2000; ++i) {
    const json pod = random.pod(), placed = as_pod(placement_of(pod));
    for (const auto& node : nodes) {
      ASSERT_EQ(may_run(node, placed), may_run(node, pod)) << node << "\n" << pod << "\n" << placed;
      selected += may_run(node, pod) ? 1 : 0;
    }
  }
  EXPECT_GT(selected, 10'000);
  EXPECT_LT(selected, 110'000);
}

TEST_F(Simulation, ANodeMatchesWhereTheSchedulerSelectsIt) {
  int selected = 0;
  for (int i = 0; i < 2000; ++i) {
    const json pod = random.pod();
    for (const auto& node : nodes) {
      const bool is_match =
          core::is_selected(node, object_at(pod, "/nodeSelector"), object_at(pod, "/affinity"));
      ASSERT_EQ(is_match, is_selected(node, pod)) << node << "\n" << pod;
      selected += is_match ? 1 : 0;
    }
  }
  EXPECT_GT(selected, 10'000);
  EXPECT_LT(selected, 110'000);
}

TEST_F(Simulation, WithinTheSettingsAreTheNodesOfBothAndAnErrorMeansThereIsNone) {
  int with_nodes = 0, refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const json settings = random.pod(), pod = random.pod();
    const auto both = within(placement_of(settings), placement_of(pod));
    refused += both ? 0 : 1;
    for (const auto& node : nodes) {
      const bool wanted = is_selected(node, settings) && may_run(node, pod);
      ASSERT_EQ(both && may_run(node, as_pod(*both)), wanted) << node << "\n"
                                                              << settings << "\n"
                                                              << pod;
      with_nodes += wanted ? 1 : 0;
    }
  }
  EXPECT_GT(with_nodes, 2000);
  EXPECT_GT(refused, 50);
}

TEST_F(Simulation, WhatCoversAnotherHasAllItsNodes) {
  int covering = 0;
  for (int i = 0; i < 4000; ++i) {
    const Placement wide = placement_of(random.pod()), narrow = placement_of(random.pod());
    if (!covers(wide, narrow)) continue;
    ++covering;
    for (const auto& node : nodes)
      ASSERT_TRUE(!may_run(node, as_pod(narrow)) || may_run(node, as_pod(wide)))
          << node << "\n"
          << as_pod(wide) << "\n"
          << as_pod(narrow);
  }
  EXPECT_GT(covering, 100);
}

TEST(Placement, WhatMeansTheSameHasOneForm) {
  const Placement placement = placement_of(json::parse(R"({"tolerations": [
      {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
       "tolerationSeconds": 300},
      {"key": "b", "operator": "Equal", "value": "1", "effect": "NoSchedule"},
      {"key": "x", "operator": "Exists", "effect": "PreferNoSchedule"},
      {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}]})"));
  EXPECT_EQ(placement.tolerations,
            json::parse(R"([{"effect": "NoExecute", "key": "a", "operator": "Exists"},
                            {"effect": "NoSchedule", "key": "b", "value": "1"}])"));
  EXPECT_EQ(placement_of(json::object()), Placement());
}

TEST(Placement, ASelectorThatContradictsTheSettingsIsToldInTheirWords) {
  Placement settings, workload;
  settings.node_selector = {{"pool", "a"}};
  workload.node_selector = {{"pool", "b"}};
  const auto both = within(settings, workload);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().message,
            "it is for nodes with pool=\"b\", and NODE_SELECTOR asks for \"a\"");
}

TEST(Placement, OnlyTheRequiredAffinityToNodesIsChangedInTheSettings) {
  config::Settings settings = testing::some_settings();
  settings.affinity = json::parse(R"({"podAntiAffinity": {"x": 1}})");
  Placement placement;
  placement.node_terms =
      json::parse(R"([{"matchExpressions": [{"key": "a", "operator": "Exists"}]}])");
  put_placement(placement, settings);
  EXPECT_TRUE(settings.affinity.contains("podAntiAffinity"));
  EXPECT_EQ(placement_of(settings), placement);
}

TEST(Placement, ItIsReadAsItIsWritten) {
  Placement placement;
  placement.node_selector = {{"pool", "a"}};
  placement.node_terms =
      json::parse(R"([{"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}])");
  placement.tolerations = json::parse(R"([{"operator": "Exists"}])");
  for (const auto& each : {placement, Placement()})
    EXPECT_EQ(*config::read_placement(config::placement_json(each)), each);
  for (const char* bad : {"[]", R"({"nodeselector": {}})", R"({"nodeSelectorTerms": {}})",
                          R"({"nodeSelectorTerms": [{"matchExpressions": [{"key": "a"}]}]})",
                          R"({"nodeSelectorTerms": [{"matchLabels": []}]})",
                          R"({"tolerations": [{"key": "a", "operator": "in"}]})"})
    EXPECT_FALSE(config::read_placement(json::parse(bad))) << bad;
}

}  // namespace
}  // namespace kip::core
