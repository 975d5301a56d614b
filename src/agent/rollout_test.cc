#include "agent/rollout.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json daemonset(int observed, int desired, int updated, int ready) {
  return {{"metadata", {{"generation", 2}}},
          {"status",
           {{"observedGeneration", observed},
            {"desiredNumberScheduled", desired},
            {"updatedNumberScheduled", updated},
            {"numberReady", ready}}}};
}

TEST(Rollout, IsCompleteWhereEachNodeHasAReadyPodOfThePresentTemplate) {
  EXPECT_EQ(rollout_of(daemonset(2, 3, 3, 3)), (Rollout{3, 3, true}));
  EXPECT_EQ(rollout_of(daemonset(2, 3, 2, 3)), (Rollout{3, 2, false})) << "an old pod is ready";
  EXPECT_EQ(rollout_of(daemonset(2, 3, 3, 1)), (Rollout{3, 1, false}));
  EXPECT_EQ(rollout_of(daemonset(1, 3, 3, 3)), (Rollout{0, 0, false})) << "not seen yet";
  EXPECT_EQ(rollout_of(daemonset(2, 0, 0, 0)), (Rollout{0, 0, true})) << "no node is chosen";
  EXPECT_EQ(rollout_of({{"metadata", {{"generation", 1}}}}), Rollout{});
}

json pod(const json& init_status, const json& conditions = json::array()) {
  return {{"metadata", {{"name", "prepull-x"}}},
          {"spec", {{"nodeName", "n1"}}},
          {"status",
           {{"conditions", conditions}, {"initContainerStatuses", json::array({init_status})}}}};
}

TEST(RolloutProblems, NameTheImagesThatAreMissing) {
  const json message = {
      {"failures",
       {{{"image", "r.test/a:1"}, {"kind", "not found"}, {"message", "no such manifest"}},
        {{"image", "r.test/b:1"}, {"kind", "denied"}, {"message", "no"}}}}};
  const json end = {{"exitCode", 1}, {"message", message.dump()}};
  const auto two =
      ElementsAre("n1: r.test/a:1: not found: no such manifest", "n1: r.test/b:1: denied: no");
  EXPECT_THAT(rollout_problems(pod({{"state", {{"terminated", end}}}})), two);
  EXPECT_THAT(rollout_problems(pod({{"state", {{"waiting", {{"reason", "CrashLoopBackOff"}}}}},
                                    {"lastState", {{"terminated", end}}}})),
              two);
}

TEST(RolloutProblems, NameTheLinesOfTheListThatAreNoImages) {
  const json end = {{"exitCode", 78},
                    {"message", R"({"bad_entries":1,"failures":[{"kind":"reference",
                                   "message":"images.txt:4: \"B\" is no image"}]})"}};
  EXPECT_THAT(rollout_problems(pod({{"state", {{"terminated", end}}}})),
              ElementsAre("n1: reference: images.txt:4: \"B\" is no image"));
}

TEST(RolloutProblems, AreInTheKubeletsWordsWhereThereIsNoResult) {
  EXPECT_THAT(
      rollout_problems(
          pod({{"state", {{"waiting", {{"reason", "ErrImagePull"}, {"message", "no agent"}}}}}})),
      ElementsAre("n1: ErrImagePull: no agent"));
  EXPECT_THAT(rollout_problems(
                  pod({{"name", "prepull"}, {"state", {{"terminated", {{"exitCode", 137}}}}}})),
              ElementsAre("n1: exit code 137; see the log of its container prepull"));
  EXPECT_THAT(rollout_problems(pod({{"name", "prepull"},
                                    {"ready", false},
                                    {"state", {{"running", {{"startedAt", "now"}}}}}})),
              ElementsAre("n1: its container prepull is at work"));
}

TEST(RolloutProblems, AreTheSchedulersWhereThereIsNoNode) {
  const json found = {
      {"metadata", {{"name", "prepull-x"}}},
      {"status",
       {{"conditions",
         {{{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}}}}}}};
  EXPECT_THAT(rollout_problems(found), ElementsAre("pod prepull-x: Unschedulable"));
}

TEST(RolloutProblems, AreNoneOfAReadyPodAndOneOfAnythingElse) {
  EXPECT_THAT(rollout_problems(pod({}, {{{"type", "Ready"}, {"status", "True"}}})), IsEmpty());
  EXPECT_THAT(rollout_problems(json::object()), ElementsAre("pod : its pod is not ready"));
}

}  // namespace
}  // namespace kip::agent
