#include "controller/alarms.h"

#include <vector>

#include <gmock/gmock.h>

#include "testing/fake_scheduler.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AlarmsTest : public ::testing::Test {
 protected:
  void set(const std::string& name, Duration in) { alarms_.set(name, scheduler_.now() + in); }
  std::vector<std::string> after(Duration time) {
    rung_.clear();
    scheduler_.advance(time);
    return rung_;
  }
  testing::FakeScheduler scheduler_;
  std::vector<std::string> rung_;
  Alarms alarms_{scheduler_, [this](const std::string& name) { rung_.push_back(name); }};
};

TEST_F(AlarmsTest, EachRingsOnceTheEarliestFirst) {
  set("late", 3s);
  set("soon", 1s);
  set("later", 4s);
  EXPECT_THAT(after(3500ms), ElementsAre("soon", "late"));
  EXPECT_THAT(after(1h), ElementsAre("later"));
}

TEST_F(AlarmsTest, ATimeIsMovedOrTakenBack) {
  set("moved", 1s);
  set("moved", 5s);
  set("gone", 2s);
  alarms_.set("gone", std::nullopt);
  alarms_.set("never", std::nullopt);
  EXPECT_THAT(after(4s), IsEmpty());
  set("moved", 0s);
  EXPECT_THAT(after(1ms), ElementsAre("moved"));
}

TEST_F(AlarmsTest, OneThatRingsMaySetTimes) {
  int rings = 0;
  std::optional<Alarms> alarms;
  alarms.emplace(scheduler_, [&](const std::string& name) {
    if (++rings < 3) alarms->set(name, scheduler_.now() + 1s);
  });
  alarms->set("again", scheduler_.now());
  scheduler_.advance(1h);
  EXPECT_EQ(rings, 3);
}

}  // namespace
}  // namespace kip::controller
