#include "core/node_match.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

const json none = json::object();

json node() {
  return {
      {"metadata", {{"name", "n1"}, {"labels", {{"disk", "ssd"}, {"cores", "8"}, {"zone", "a"}}}}}};
}

json affinity_of(const json& terms) {
  return {{"nodeAffinity",
           {{"requiredDuringSchedulingIgnoredDuringExecution", {{"nodeSelectorTerms", terms}}}}}};
}

json term_of(const char* list, std::vector<json> requirements) { return {{list, requirements}}; }

bool meets(const std::string& key, const std::string& op, const json& values = json::array()) {
  const json one = {{"key", key}, {"operator", op}, {"values", values}};
  return is_selected(node(), none, affinity_of(json::array({term_of("matchExpressions", {one})})));
}

TEST(NodeMatch, EachLabelOfTheSelectorHasToBeThere) {
  EXPECT_TRUE(is_selected(node(), none, none));
  EXPECT_TRUE(is_selected(node(), {{"disk", "ssd"}, {"zone", "a"}}, none));
  EXPECT_FALSE(is_selected(node(), {{"disk", "ssd"}, {"zone", "b"}}, none));
  EXPECT_FALSE(is_selected(node(), {{"gpu", ""}}, none));
  EXPECT_FALSE(is_selected(json{{"metadata", {{"name", "n1"}}}}, {{"disk", "ssd"}}, none));
}

TEST(NodeMatch, OperatorsAreThoseOfTheScheduler) {
  EXPECT_TRUE(meets("disk", "In", json::array({"hdd", "ssd"})));
  EXPECT_FALSE(meets("disk", "In", json::array({"hdd"})));
  EXPECT_FALSE(meets("gpu", "In", json::array({"a"})));
  EXPECT_FALSE(meets("disk", "NotIn", json::array({"ssd"})));
  EXPECT_TRUE(meets("disk", "NotIn", json::array({"hdd"})));
  EXPECT_TRUE(meets("gpu", "NotIn", json::array({"a"})))
      << "a label that is not there is in no list";
  EXPECT_TRUE(meets("disk", "Exists"));
  EXPECT_FALSE(meets("gpu", "Exists"));
  EXPECT_TRUE(meets("gpu", "DoesNotExist"));
  EXPECT_FALSE(meets("disk", "DoesNotExist"));
  EXPECT_TRUE(meets("cores", "Gt", json::array({"7"})));
  EXPECT_FALSE(meets("cores", "Gt", json::array({"8"})));
  EXPECT_TRUE(meets("cores", "Lt", json::array({"9"})));
  EXPECT_FALSE(meets("disk", "Gt", json::array({"1"}))) << "no number";
  EXPECT_TRUE(meets("disk", "OfTomorrow", json::array({"x"})));
}

TEST(NodeMatch, OneTermIsEnoughAndAnEmptyOneIsNone) {
  const auto zone = [](const char* value) {
    return json{{"key", "zone"}, {"operator", "In"}, {"values", json::array({value})}};
  };
  const auto selects = [](std::vector<json> terms) {
    return is_selected(node(), none, affinity_of(terms));
  };
  const json good = term_of("matchExpressions", {zone("a")}),
             bad = term_of("matchExpressions", {zone("b")});
  EXPECT_TRUE(selects({bad, good}));
  EXPECT_FALSE(selects({bad}));
  EXPECT_FALSE(selects({term_of("matchExpressions", {zone("a"), zone("b")})}));
  EXPECT_FALSE(selects({json::object()}));
  EXPECT_TRUE(selects({json::object(), good}));
  EXPECT_FALSE(is_selected(node(), {{"disk", "hdd"}}, affinity_of(json::array({good}))))
      << "both count";
}

TEST(NodeMatch, AFieldIsTheNodesName) {
  const auto named = [](const char* op, const char* name) {
    const json one = {{"key", "metadata.name"}, {"operator", op}, {"values", json::array({name})}};
    return is_selected(node(), none, affinity_of(json::array({term_of("matchFields", {one})})));
  };
  EXPECT_TRUE(named("In", "n1"));
  EXPECT_FALSE(named("In", "n2"));
  EXPECT_FALSE(named("NotIn", "n1"));
}

}  // namespace
}  // namespace kip::core
