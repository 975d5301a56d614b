#include "config/node_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.h"

namespace kip::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Reading read(Environment more) {
  more.emplace("IMAGES", "a=reg.test/a:1;b=busybox;");
  more.emplace("DEPLOYMENT_NAME", "d");
  return read_settings(more, "images");
}

TEST(NodeGate, IsThereOnlyWhereItsTaintIsSet) {
  const auto none = read({});
  ASSERT_TRUE(none.settings);
  EXPECT_FALSE(none.settings->node_gate.taint);
  EXPECT_EQ(none.settings->node_gate.deadline, 5min);
  const auto gate = read({{"NODE_GATE_TAINT", "image-puller/not-warm:NoSchedule"},
                          {"NODE_GATE_IMAGES", " a ; docker.io/library/busybox;a;;"},
                          {"NODE_GATE_DEADLINE", "90s"}});
  ASSERT_TRUE(gate.settings);
  EXPECT_TRUE(gate.problems.empty());
  EXPECT_EQ(gate.settings->node_gate.taint->text(), "image-puller/not-warm:NoSchedule");
  EXPECT_THAT(gate.settings->node_gate.images, ElementsAre("a", "docker.io/library/busybox"));
  EXPECT_EQ(gate.settings->node_gate.deadline, 90s);
}

TEST(NodeGate, ATaintOfKubernetesItselfIsRefused) {
  for (const char* key : {"node.kubernetes.io/unschedulable",
                          "node-role.kubernetes.io/control-plane", "kubernetes.io/x", "k8s.io/x"})
    EXPECT_THAT(parse_gate_taint(std::string(key) + ":NoSchedule").error().message,
                HasSubstr("Kubernetes' own"));
  for (const char* key : {"notkubernetes.io/x", "kubernetes.io.example/x", "kubernetes.io"})
    EXPECT_TRUE(parse_gate_taint(std::string(key) + ":NoSchedule").ok()) << key;
}

TEST(NodeGate, AnImageIsMeantByItsNameOrItsReferenceHoweverWritten) {
  const CachedImage image{"tools", *types::parse_image_reference("busybox:1")};
  for (const char* entry : {"tools", "busybox:1", "docker.io/library/busybox:1"})
    EXPECT_TRUE(means(entry, image)) << entry;
  for (const char* entry : {"tool", "busybox", "busybox:2", "quay.io/library/busybox:1", ""})
    EXPECT_FALSE(means(entry, image)) << entry;
}

TEST(NodeGate, AnEntryThatMeansNothingIsToldAndOneThatCannotBeIsRefused) {
  const auto reading = read({{"NODE_GATE_IMAGES", "a;c"}});
  ASSERT_TRUE(reading.settings);
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems[0].setting, "NODE_GATE_IMAGES");
  EXPECT_THAT(reading.problems[0].message, HasSubstr("\"c\" is neither"));
  EXPECT_FALSE(read({{"NODE_GATE_IMAGES", "a b"}}).settings);
}

TEST(NodeGate, ADeadlineIsADurationOfASecondToADay) {
  EXPECT_EQ(*parse_gate_deadline("1m30s"), 90s);
  for (const char* bad : {"0s", "-5m", "25h", "5", "soon", "500ms"})
    EXPECT_FALSE(parse_gate_deadline(bad).ok()) << bad;
}

}  // namespace
}  // namespace kip::config
