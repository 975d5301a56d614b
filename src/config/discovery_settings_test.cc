#include "config/discovery_settings.h"

#include <gmock/gmock.h>

namespace kip::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Reading read(Environment environment) {
  environment.try_emplace("DISCOVER_NAMESPACES", "*");
  environment.try_emplace("DEPLOYMENT_NAME", "puller");
  return read_settings(environment, "");
}
Discovery discovery(Environment environment) {
  const auto reading = read(std::move(environment));
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.settings ? reading.settings->discovery : Discovery();
}
std::string problem(const std::string& name, const std::string& value) {
  const auto reading = read({{name, value}});
  if (reading.problems.empty()) return "none";
  EXPECT_EQ(reading.problems.front().setting, name);
  return reading.problems.front().message;
}

TEST(DiscoverySettings, AreOffUntilNamespacesAreNamed) {
  const auto reading = read_settings({{"IMAGES", "a=x"}, {"DEPLOYMENT_NAME", "puller"}}, "");
  ASSERT_TRUE(reading.settings);
  EXPECT_FALSE(reading.settings->discovery.is_on());
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(DiscoverySettings, MakeIMAGESOptional) {
  const auto reading = read({});
  ASSERT_TRUE(reading.settings);
  EXPECT_THAT(reading.settings->images, IsEmpty());
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_FALSE(read({{"DISCOVER_NAMESPACES", " "}}).settings);
}

TEST(DiscoverySettings, HaveDefaults) {
  const Discovery found = discovery({});
  EXPECT_EQ(found.forget_after, 168h);
  EXPECT_EQ(found.max_images, 50U);
  EXPECT_EQ(found.gather, 30s);
  EXPECT_EQ(found.placement, DiscoverPlacement::all);
}

TEST(DiscoverySettings, TakeNamespacesByNameOrAllOfThem) {
  const Discovery named = discovery({{"DISCOVER_NAMESPACES", "b\n a\tb "}});
  EXPECT_THAT(named.namespaces, ElementsAre("a", "b"));
  EXPECT_FALSE(named.all_namespaces);
  const Discovery all = discovery({{"DISCOVER_NAMESPACES", "a * b"}});
  EXPECT_TRUE(all.all_namespaces);
  EXPECT_THAT(all.namespaces, IsEmpty());
}

TEST(DiscoverySettings, LeaveOutANamespaceThatCannotBeAndNameIt) {
  const auto reading = read({{"DISCOVER_NAMESPACES", "good Bad_One"}});
  ASSERT_TRUE(reading.settings);
  EXPECT_THAT(reading.settings->discovery.namespaces, ElementsAre("good"));
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems[0].severity, Problem::Severity::left_out);
  EXPECT_THAT(reading.problems[0].message, HasSubstr("entry 2: the namespace \"Bad_One\""));
  EXPECT_FALSE(read({{"DISCOVER_NAMESPACES", "Bad_One"}}).settings) << "none is left";
}

TEST(DiscoverySettings, RefuseAnIgnoredNamespaceThatIsMisspelled) {
  EXPECT_FALSE(read({{"DISCOVER_IGNORE_NAMESPACES", "kube-system Oops"}}).settings);
  EXPECT_THAT(problem("DISCOVER_IGNORE_NAMESPACES", "kube-system *"), HasSubstr("entry 2"));
  const auto none = read({{"DISCOVER_NAMESPACES", "a"}, {"DISCOVER_IGNORE_NAMESPACES", "b a"}});
  ASSERT_EQ(none.problems.size(), 1U);
  EXPECT_THAT(none.problems[0].message, HasSubstr("nothing is found"));
}

TEST(DiscoverySettings, WarnWhereTheyDoNothing) {
  for (const auto& [name, value] : Environment{{"DISCOVER_SELECTOR", "a=b"},
                                               {"DISCOVER_INCLUDE", "x"},
                                               {"DISCOVER_EXCLUDE", "x"},
                                               {"DISCOVER_RULE", "name == 'x'"},
                                               {"DISCOVER_IGNORE_NAMESPACES", "x"},
                                               {"DISCOVER_KINDS", "a.b/v1/cs:.spec"}}) {
    const auto reading = read({{"DISCOVER_NAMESPACES", ""}, {"IMAGES", "a=x"}, {name, value}});
    ASSERT_EQ(reading.problems.size(), 1U) << name;
    EXPECT_EQ(reading.problems[0].severity, Problem::Severity::warning);
    EXPECT_THAT(reading.problems[0].message, HasSubstr("DISCOVER_NAMESPACES is not set"));
  }
}

TEST(DiscoverySettings, SayWhatIsWrongWithAValue) {
  EXPECT_THAT(problem("DISCOVER_FORGET_AFTER", "week"),
              HasSubstr("expected a duration such as 7d"));
  EXPECT_THAT(problem("DISCOVER_FORGET_AFTER", "0d"), HasSubstr("from 1s"));
  EXPECT_THAT(problem("DISCOVER_FORGET_AFTER", "3651d"), HasSubstr("to 3650d"));
  EXPECT_THAT(problem("DISCOVER_MAX_IMAGES", "0"), HasSubstr("expected 1 to 700"));
  EXPECT_THAT(problem("DISCOVER_MAX_IMAGES", "many"), HasSubstr("expected 1 to 700"));
  EXPECT_THAT(problem("DISCOVER_GATHER", "2h"), HasSubstr("to 1h"));
  EXPECT_THAT(problem("DISCOVER_PLACEMENT", "some"), HasSubstr("expected all or matching"));
  EXPECT_THAT(problem("DISCOVER_RULE", "name = 'x'"), HasSubstr("at byte 6"));
  EXPECT_THAT(problem("DISCOVER_EXCLUDE", "regex:("), HasSubstr("entry 1"));
}

TEST(Kinds, AreGroupVersionPluralAndAPath) {
  const auto kinds =
      parse_kinds("argoproj.io/v1alpha1/rollouts:.spec.template v1/podtemplates:/template");
  ASSERT_TRUE(kinds) << kinds.error().message;
  EXPECT_THAT(*kinds, ElementsAre(WorkloadResource{"/apis/argoproj.io/v1alpha1", "rollouts",
                                                   "/spec/template"},
                                  WorkloadResource{"/api/v1", "podtemplates", "/template"}));
}

TEST(Kinds, AreNamedWhereTheyAreWrong) {
  const auto refusal = [](const std::string& text) {
    const auto kinds = parse_kinds(text);
    return kinds ? "taken" : kinds.error().message;
  };
  for (const char* text : {"rollouts", "argoproj.io/rollouts:.spec", "a/b/c/d:.spec",
                           "argoproj.io/v1/Rollouts:.spec", "a_b/v1/cs:.spec"})
    EXPECT_THAT(refusal(text), HasSubstr("expected group/version/plural:path")) << text;
  for (const char* text : {"a.b/v1/cs:", "a.b/v1/cs:spec", "a.b/v1/cs:.spec..x", "a.b/v1/cs:.a[0]"})
    EXPECT_THAT(refusal(text), HasSubstr("expected such as .spec.template")) << text;
  EXPECT_THAT(refusal("a.b/v1/cs:.x a.b/v1/cs:.y"), HasSubstr("entry 2: "));
}

TEST(LabelSelector, IsWhatKubectlTakes) {
  for (const char* good : {"a=b", "a==b", "a!=b", "a in (b,c), d notin (e)", "a", "!a",
                           "app.kubernetes.io/name=x,tier in (web),!canary", "a=", "in in (in)"})
    EXPECT_TRUE(check_label_selector(good)) << good;
  for (const char* bad :
       {"", ",", "a=b,", "=b", "a b", "a in b", "a in (b", "a=b c", "!a=b", "a=b/c", "a>1"})
    EXPECT_FALSE(check_label_selector(bad)) << bad;
  EXPECT_THAT(check_label_selector("a=b,c d").error().message, HasSubstr("requirement 2: "));
}

}  // namespace
}  // namespace kip::config
