#include "advise/pull_records.h"

#include <gtest/gtest.h>

namespace kip::advise {
namespace {

using namespace std::chrono_literals;
using Kind = PullEvent::Kind;

const WallTime noon = *from_rfc3339("2026-11-30T12:00:00Z");

PullEvent present(const std::string& pod, const std::string& node, Duration at) {
  return {.kind = Kind::present,
          .image = "r.test/a:1",
          .namespace_name = "shop",
          .pod = pod,
          .pod_uid = "uid of " + pod,
          .container = "spec.containers{c}",
          .node = node,
          .first = noon + at,
          .last = noon + at};
}
PullEvent pulled(const std::string& pod, const std::string& node, Duration at, Duration pulling,
                 Duration waiting = {}) {
  PullEvent event = present(pod, node, at);
  event.kind = Kind::pulled;
  event.pulling = pulling;
  event.waiting = std::max(pulling, waiting);
  event.bytes = 1000;
  return event;
}

std::optional<WallTime> nowhere(const std::string&, const std::string&) { return std::nullopt; }

ImagePulls of_image(PullRecords& records, const PullRecords::HeldSince& held = nowhere) {
  return records.result(held).images["r.test/a:1"];
}

TEST(PullRecords, CountHitsAndPullsWithTheirTimes) {
  PullRecords records;
  records.add(present("p2", "n1", 20s), false);
  records.add(present("p3", "n1", 30s), false);
  records.add(pulled("p1", "n1", 10s, 4s, 6s), false);
  records.add(pulled("p4", "n2", 10s, 2s), false);
  const auto result = records.result(nowhere);
  const ImagePulls& found = result.images.at("r.test/a:1");
  EXPECT_EQ(found.hits, 2U);
  EXPECT_EQ(found.hit_nodes, 1U);
  EXPECT_EQ(found.asked, 0U);
  EXPECT_EQ(found.pulls, 2U);
  EXPECT_EQ(found.pull_nodes, 2U);
  EXPECT_EQ(found.spent, 6s);
  EXPECT_EQ(found.samples, 2U);
  EXPECT_EQ(found.pull_time(), 3s);
  EXPECT_EQ(found.bytes, 1000U);
  EXPECT_EQ(result.span, (Span{.from = noon + 10s, .to = noon + 30s, .events = 4}));
}

TEST(PullRecords, OfNothingHaveNoSpan) {
  PullRecords records;
  records.add_pod("uid", noon, false);
  EXPECT_FALSE(records.result(nowhere).span);
}

TEST(PullRecords, OfTwoWaysToWriteAnImageAreOfOne) {
  PullRecords records;
  PullEvent one = present("p1", "n1", 1s), other = present("p2", "n1", 2s);
  one.image = "busybox";
  other.image = "docker.io/library/busybox:latest";
  records.add(one, false);
  records.add(other, false);
  const auto result = records.result(nowhere);
  ASSERT_EQ(result.images.size(), 1U);
  EXPECT_EQ(result.images.begin()->second.hits, 2U);
}

TEST(PullRecords, OfOurOwnPodsAreNoHitsButTellWhatAPullTakes) {
  PullRecords records;
  records.add(pulled("own", "n1", 1s, 4s), true);
  records.add(present("own-by-uid", "n1", 10s), false);
  records.add_pod("uid of own-by-uid", noon, true);
  PullEvent init = present("own-by-container", "n1", 11s);
  init.container = "spec.initContainers{copy-sleep}";
  records.add(present("own-by-container", "n1", 10s), false);
  records.add(init, false);
  const ImagePulls found = of_image(records);
  EXPECT_EQ(found.starts(), 0U);
  EXPECT_EQ(found.pull_time(), 4s);
}

TEST(PullRecords, ARestartOfAContainerIsNoSecondStart) {
  PullRecords records;
  records.add(pulled("p1", "n1", 10s, 4s), false);
  PullEvent again = present("p1", "n1", 20s);
  again.count = 9;
  again.last = noon + 60s;
  records.add(again, false);
  PullEvent init = present("p1", "n1", 21s);
  init.container = "spec.initContainers{c}";
  records.add(init, false);
  const auto result = records.result(nowhere);
  EXPECT_EQ(result.images.at("r.test/a:1").pulls, 1U);
  EXPECT_EQ(result.images.at("r.test/a:1").hits, 1U) << "of the other container";
  EXPECT_EQ(result.span->to, noon + 60s);
}

TEST(PullRecords, WhatBeganBeforeTheOldestEventIsLeftOut) {
  PullRecords records;
  PullEvent old = present("crashing", "n1", -48h);
  old.count = 500;
  old.last = noon + 30s;
  records.add(old, false);
  records.add(present("restarted", "n1", 20s), false);
  records.add_pod("uid of restarted", noon - 3h, false);
  records.add(present("new", "n1", 10s), false);
  records.add_pod("uid of new", noon - 10s, false);
  // It was pulled for longer than Events of others are kept.
  records.add(pulled("slow", "n2", 11s, 1h), false);
  records.add_pod("uid of slow", noon - 1h, false);
  const auto result = records.result(nowhere);
  EXPECT_EQ(result.span->from, noon + 10s);
  EXPECT_EQ(result.span->before, 2U);
  EXPECT_EQ(result.images.at("r.test/a:1").hits, 1U);
  EXPECT_EQ(result.images.at("r.test/a:1").pulls, 1U);
}

// With imagePullPolicy Always the kubelet says "Successfully pulled" whatever the node has.
TEST(PullRecords, APodThatAsksThoughTheNodeHasTheImageIsAHitWithoutTimeSaved) {
  PullRecords records;
  records.add(pulled("p1", "n1", 10s, 4s), false);
  records.add(pulled("p2", "n1", 20s, 50ms), false);
  const ImagePulls found = of_image(records);
  EXPECT_EQ(found.pulls, 1U);
  EXPECT_EQ(found.hits, 1U);
  EXPECT_EQ(found.asked, 1U);
  EXPECT_EQ(found.pull_time(), 4s) << "to ask takes less";
}

TEST(PullRecords, ANodeHasWhatAPodOfOursHoldsThere) {
  PullRecords records;
  records.add(pulled("p1", "n1", 20s, 50ms), false);
  records.add(pulled("p2", "n2", 20s, 5s), false);
  const ImagePulls found = of_image(records, [](const std::string& image, const std::string& node) {
    EXPECT_EQ(image, "r.test/a:1");
    return node == "n1" ? std::optional{noon - 48h} : std::optional{noon + 16s};
  });
  EXPECT_EQ(found.hits, 1U);
  EXPECT_EQ(found.pulls, 1U) << "it was held there after the pull had begun";
  EXPECT_EQ(found.pull_time(), 5s);
}

TEST(PullRecords, WhoWaitsForAnothersPullHasNoHit) {
  PullRecords records;
  records.add(pulled("p2", "n1", 11s, 50ms, 5s), false);
  records.add(pulled("p1", "n1", 10s, 4s, 4s), false);
  ImagePulls found = of_image(records);
  EXPECT_EQ(found.hits, 0U);
  EXPECT_EQ(found.pulls, 2U);
  EXPECT_EQ(found.samples, 1U);

  PullRecords in_one_second;
  in_one_second.add(pulled("p2", "n1", 10s, 50ms), false);
  in_one_second.add(pulled("p1", "n1", 10s, 4s), false);
  found = of_image(in_one_second);
  EXPECT_EQ(found.pull_time(), 4s) << "the longest was the pull";
  EXPECT_EQ(found.pulls, 2U);
}

TEST(PullRecords, CountPullsThatFailedApart) {
  PullRecords records;
  PullEvent failed = present("p1", "n1", 10s);
  failed.kind = Kind::failed;
  failed.count = 3;
  records.add(failed, false);
  failed.pod_uid = "own";
  records.add(failed, true);
  const ImagePulls found = of_image(records);
  EXPECT_EQ(found.failures, 3U);
  EXPECT_EQ(found.starts(), 0U);
  EXPECT_EQ(found.samples, 0U);
}

}  // namespace
}  // namespace kip::advise
