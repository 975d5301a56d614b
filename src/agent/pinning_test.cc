#include "agent/pinning.h"

#include <optional>

#include <gmock/gmock.h>

#include "testing/fake_scheduler.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using runtime::Pins;
using ::testing::ElementsAre;

class FakePins : public Pins {
 public:
  explicit FakePins(Scheduler& scheduler) : scheduler_(scheduler) {}
  std::set<std::string> held, gone, failing;
  bool is_possible = true;
  runtime::Failure::Kind kind = runtime::Failure::Kind::other;  // of what fails

  HandlePtr pin(const std::string& id, OnOutcome done) override {
    return answer(
        id, [this, id] { held.insert(id); }, std::move(done));
  }
  HandlePtr unpin(const std::string& id, OnOutcome done) override {
    return answer(
        id, [this, id] { held.erase(id); }, std::move(done));
  }
  HandlePtr list(OnHeld done) override {
    return scheduler_.after(0ms, [this, done = std::move(done)] {
      done(Held{is_possible, {held.begin(), held.end()}});
    });
  }

 private:
  HandlePtr answer(const std::string& id, std::function<void()> change, OnOutcome done) {
    return scheduler_.after(0ms, [this, id, change = std::move(change), done = std::move(done)] {
      if (failing.contains(id)) return done(runtime::Failure{kind, "no: " + id});
      if (gone.contains(id)) return done(Outcome::absent);
      change();
      done(Outcome::done);
    });
  }
  Scheduler& scheduler_;
};

class PinningTest : public ::testing::Test {
 protected:
  Pinning::Summary make(std::set<std::string> wanted) {
    std::optional<Pinning::Summary> seen;
    Pinning pinning(pins, rest);
    pinning.start(std::move(wanted), [&](const auto& summary) { seen = summary; });
    scheduler.advance(1s);
    return seen.value();
  }
  kip::testing::FakeScheduler scheduler;
  FakePins pins{scheduler};
  Pinning::Rest rest = Pinning::Rest::unpin;
};

TEST_F(PinningTest, PinsWhatIsNewAndUnpinsWhatLeft) {
  pins.held = {"a", "b"};
  const auto summary = make({"b", "c"});
  EXPECT_THAT(pins.held, ElementsAre("b", "c"));
  EXPECT_EQ(summary.pinned, 1U);
  EXPECT_EQ(summary.unpinned, 1U);
}

TEST_F(PinningTest, WhereSomethingFailedWhatWasPinnedStaysSo) {
  rest = Pinning::Rest::keep;
  pins.held = {"a", "b"};
  EXPECT_EQ(make({"c"}).unpinned, 0U);
  EXPECT_THAT(pins.held, ElementsAre("a", "b", "c"));
}

TEST_F(PinningTest, ARuntimeThatCannotPinIsSaidAndNothingElse) {
  pins.is_possible = false;
  const auto summary = make({"a"});
  EXPECT_FALSE(summary.is_possible);
  EXPECT_TRUE(summary.failures.empty());
}

TEST_F(PinningTest, WhatFailsDoesNotStopTheOthers) {
  pins.held = {"left"};
  pins.failing = {"a"};
  pins.gone = {"b", "left"};
  const auto summary = make({"a", "b", "c"});
  EXPECT_THAT(pins.held, ElementsAre("c", "left"));
  EXPECT_EQ(summary.failures.size(), 2U);
  EXPECT_EQ(summary.pinned, 1U);
  EXPECT_EQ(summary.unpinned, 0U) << "an image that is gone needs no pin taken away";
}

// A thousand images, each with half a minute of a runtime that hangs: the node would be without its
// label for hours.
TEST_F(PinningTest, ARuntimeThatDoesNotAnswerIsNotAskedForEachImage) {
  for (const auto kind : {runtime::Failure::Kind::timeout, runtime::Failure::Kind::runtime_gone}) {
    pins.kind = kind;
    pins.failing = {"a", "b", "c"};
    EXPECT_EQ(make({"a", "b", "c"}).failures.size(), 1U);
  }
}

TEST_F(PinningTest, NothingWantedTakesAllPinsAway) {
  pins.held = {"a", "b"};
  EXPECT_EQ(make({}).unpinned, 2U);
  EXPECT_TRUE(pins.held.empty());
}

}  // namespace
}  // namespace kip::agent
