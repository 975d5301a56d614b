#include "discovery/placement_of.h"

#include <gtest/gtest.h>

namespace kip::discovery {
namespace {

json spec(const std::string& text) { return json::parse(text); }
config::Placement placement(const std::string& text, bool is_of_daemonset = false) {
  return placement_of(spec(text), is_of_daemonset);
}

TEST(PlacementOf, IsSelectorRequiredTermsAndTolerations) {
  const auto found = placement(R"({
    "nodeSelector": {"disk": "ssd"},
    "affinity": {"nodeAffinity": {
      "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]},
      "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]}},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]})");
  EXPECT_EQ(found.node_selector, json({{"disk", "ssd"}}));
  EXPECT_EQ(found.node_terms.size(), 1U);
  EXPECT_EQ(found.node_terms[0]["matchExpressions"][0]["key"], "zone");
  EXPECT_EQ(found.tolerations,
            spec(R"([{"key":"gpu","operator":"Exists","effect":"NoSchedule"}])"));
}

TEST(PlacementOf, IsThatOfNoPodWhereNothingIsSaid) {
  EXPECT_EQ(placement("{}"), config::Placement());
  EXPECT_EQ(placement(R"({"nodeName": "n1", "affinity": {"podAntiAffinity": {}}})"),
            config::Placement());
  EXPECT_EQ(placement("[7]"), config::Placement());
}

TEST(PlacementOf, LeavesOutWhatAdmissionAddsToEveryPod) {
  EXPECT_EQ(placement(R"({"tolerations": [
      {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
       "tolerationSeconds": 300},
      {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
      {"key": "spot", "value": "yes", "effect": "PreferNoSchedule"}]})"),
            config::Placement());
}

TEST(PlacementOf, IsTheSameInAnotherOrderOrWords) {
  const auto a = placement(R"({"tolerations": [
      {"key": "b", "operator": "Equal", "value": "1", "effect": "NoExecute", "tolerationSeconds": 5},
      {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Exists"}]})");
  const auto b = placement(R"({"tolerations": [{"key": "a", "operator": "Exists", "value": ""},
      {"key": "b", "value": "1", "effect": "NoExecute"}]})");
  EXPECT_EQ(a, b);
}

TEST(PlacementOf, DoesNotTieADaemonSetsImagesToTheNodeOfOnePod) {
  const std::string with_field = R"({"affinity": {"nodeAffinity": {
      "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{
        "matchExpressions": [EXPRESSIONS],
        "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}}}})";
  const auto with = [&](const std::string& expressions) {
    std::string text = with_field;
    return text.replace(text.find("EXPRESSIONS"), 11, expressions);
  };
  EXPECT_EQ(placement(with(""), true), config::Placement());
  const auto kept = placement(with(R"({"key": "zone", "operator": "Exists"})"), true);
  EXPECT_EQ(kept.node_terms,
            spec(R"([{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}])"));
  EXPECT_TRUE(placement(with(""), false).node_terms[0].contains("matchFields"));
}

}  // namespace
}  // namespace kip::discovery
