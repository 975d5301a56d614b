#include "cri/pin_labels.h"

#include <gtest/gtest.h>

namespace kip::cri {
namespace {

constexpr const char* pinned = "io.cri-containerd.pinned";
const std::string a = "image-puller-agent/pin.a", b = "image-puller-agent/pin.b",
                  others = "image-puller-agent/pinned-by-others";

// As containerd does with an update of these labels.
Labels applied(Labels now, const Labels& changes) {
  for (const auto& [name, value] : changes) {
    now[name] = value;
    if (value.empty()) now.erase(name);
  }
  return now;
}
Labels pin(const Labels& now, const std::string& instance) {
  return applied(now, labels_to_pin(now, instance));
}
Labels unpin(const Labels& now, const std::string& instance) {
  return applied(now, labels_to_unpin(now, instance));
}

TEST(PinLabels, AnImageIsPinnedWhileAnInstanceHoldsIt) {
  const Labels before = {{"io.cri-containerd.image", "managed"}};
  const auto of_a = pin(before, "a");
  EXPECT_EQ(of_a.at(pinned), "pinned");
  const auto of_both = pin(of_a, "b");
  const auto of_b = unpin(of_both, "a");
  EXPECT_EQ(of_b.at(pinned), "pinned");
  EXPECT_FALSE(of_b.contains(a));
  EXPECT_TRUE(of_b.contains(b));
  EXPECT_EQ(unpin(of_b, "b"), before);
}

TEST(PinLabels, WhatIsDoneIsNotDoneAgain) {
  const auto of_a = pin({}, "a");
  EXPECT_TRUE(labels_to_pin(of_a, "a").empty());
  EXPECT_TRUE(labels_to_unpin(of_a, "b").empty());
  EXPECT_TRUE(labels_to_unpin({{pinned, "pinned"}}, "a").empty());
}

TEST(PinLabels, APinOfSomebodyElseStays) {
  const Labels before = {{pinned, "pinned"}};
  const auto of_a = pin(before, "a");
  EXPECT_TRUE(of_a.contains(others));
  const auto of_both = pin(of_a, "b");
  EXPECT_EQ(unpin(unpin(of_both, "a"), "b"), before);
}

TEST(PinLabels, APinThatSomebodyTookAwayIsSetAgain) {
  auto now = pin({}, "a");
  now.erase(pinned);
  EXPECT_EQ(pin(now, "a"), pin({}, "a"));
}

// a: reads. b: reads, writes its pin. a: takes the pin away, as it saw no other.
TEST(PinLabels, TwoAtTheSameTimeAreRepaired) {
  const auto start = pin({}, "a");
  const auto of_a = labels_to_unpin(start, "a");
  const auto of_b = labels_to_pin(start, "b");
  const auto end = applied(applied(start, of_b), of_a);
  EXPECT_FALSE(end.contains(pinned));
  EXPECT_EQ(applied(end, labels_to_repair(end)).at(pinned), "pinned");
  EXPECT_TRUE(labels_to_repair({}).empty());
  EXPECT_TRUE(labels_to_repair(start).empty());
}

}  // namespace
}  // namespace kip::cri
