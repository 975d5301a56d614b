#include "agent/follower.h"

#include <gmock/gmock.h>

#include "testing/fake_runtime.h"
#include "testing/fake_scheduler.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using testing::FakeRuntime;
using testing::FakeScheduler;
using Kind = runtime::Failure::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

types::ImageReference image(const std::string& text) { return *types::parse_image_reference(text); }

// Keeps what is pinned, and answers at once.
class SetOfPins : public runtime::Pins {
 public:
  explicit SetOfPins(Scheduler& scheduler) : scheduler_(scheduler) {}
  HandlePtr pin(const std::string& id, OnOutcome done) override {
    return scheduler_.after({}, [this, id, done = std::move(done)] {
      held.insert(id);
      done(Outcome::done);
    });
  }
  HandlePtr unpin(const std::string& id, OnOutcome done) override {
    return scheduler_.after({}, [this, id, done = std::move(done)] {
      held.erase(id);
      done(Outcome::done);
    });
  }
  HandlePtr list(OnHeld done) override {
    return scheduler_.after({}, [this, done = std::move(done)] {
      done(Held{.images = {held.begin(), held.end()}});
    });
  }
  std::set<std::string> held;

 private:
  Scheduler& scheduler_;
};

class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() {
    for (const char* text : {"a:1", "b:1", "c:1"}) runtime_.registry[text] = {.id = id(text)};
  }
  static std::string id(const std::string& text) { return "sha256:" + text; }
  Follower& make(Follower::Options options = {}) {
    follower_.emplace(scheduler_, options,
                      [](const auto&) { return std::vector<registry::Credentials>(); });
    return *follower_;
  }
  std::vector<std::string> pulls() const {
    std::vector<std::string> texts;
    for (const auto& pull : runtime_.pulls) texts.push_back(pull.image);
    return texts;
  }

  FakeScheduler scheduler_;
  FakeRuntime runtime_{scheduler_};
  SetOfPins pins_{scheduler_};
  std::optional<Follower> follower_;
};

TEST_F(FollowerTest, WhatIsHeardBeforeTheRuntimeIsFoundIsPulledThen) {
  Follower& follower = make();
  follower.hear(image("a:1"));
  scheduler_.advance(1min);
  EXPECT_THAT(pulls(), IsEmpty());
  follower.use(runtime_, pins_, nullptr);
  follower.hear(image("a:1"));
  scheduler_.advance(1min);
  EXPECT_THAT(pulls(), ElementsAre("a:1"));
  EXPECT_EQ(follower.counts(), (FollowQueue::Counts{.there = 1}));
  EXPECT_EQ(follower.totals().pulled, 1U);
}

TEST_F(FollowerTest, ImagesThatFailHoldUpNoOtherAndAreTriedAgain) {
  Follower& follower = make({.limits = {.parallelism = 1}});
  follower.use(runtime_, pins_, nullptr);
  follower.hear(image("missing:1"));
  follower.hear(image("a:1"));
  scheduler_.advance(5s);
  EXPECT_THAT(pulls(), ElementsAre("missing:1", "a:1"));
  EXPECT_EQ(follower.totals().failed, 1U);
  EXPECT_EQ(follower.totals().last_failure, "") << "the last one went well";
  runtime_.registry["missing:1"] = {.id = "sha256:late"};
  scheduler_.advance(20s);
  EXPECT_THAT(pulls(), ElementsAre("missing:1", "a:1", "missing:1"));
  EXPECT_EQ(follower.counts(), (FollowQueue::Counts{.there = 2}));
}

TEST_F(FollowerTest, ARoundTriesEachCredentialAndThenGivesItsPlaceAway) {
  runtime_.wants_user["a:1"] = "second";
  follower_.emplace(scheduler_, Follower::Options{}, [](const auto&) {
    return std::vector<registry::Credentials>{{.username = "first", .password = "x"},
                                              {.username = "second", .password = "x"}};
  });
  follower_->use(runtime_, pins_, nullptr);
  follower_->hear(image("a:1"));
  scheduler_.advance(10s);
  EXPECT_THAT(pulls(), ElementsAre("a:1", "a:1"));
  EXPECT_EQ(follower_->counts().there, 1U);
}

TEST_F(FollowerTest, SoManyAtOnce) {
  Follower& follower = make({.limits = {.parallelism = 2}});
  follower.use(runtime_, pins_, nullptr);
  for (const char* text : {"a:1", "b:1", "c:1"}) follower.hear(image(text));
  scheduler_.advance(1min);
  EXPECT_EQ(runtime_.most_running, 2U);
  EXPECT_EQ(follower.counts().there, 3U);
}

TEST_F(FollowerTest, APullThatHangsEndsByItsTime) {
  runtime_.pull_takes = 24h;
  Follower& follower = make({.attempt = 1min});
  follower.use(runtime_, pins_, nullptr);
  follower.hear(image("a:1"));
  scheduler_.advance(63s);
  EXPECT_EQ(follower.counts().failing, 1U);
  EXPECT_THAT(follower.totals().last_failure, HasSubstr("a:1: "));
}

TEST_F(FollowerTest, PinsFollowWhatIsHeardAndTheListButNotBeforeAllCanBeKnown) {
  pins_.held = {"sha256:of-before"};
  Follower& follower = make({.pin = true});
  follower.use(runtime_, pins_, nullptr);
  follower.set_list({image("a:1")});
  follower.hear(image("b:1"));
  scheduler_.advance(14min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre("sha256:of-before", id("a:1"), id("b:1")));
  scheduler_.advance(6min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("a:1"), id("b:1")));
  follower.set_list({image("c:1")});
  scheduler_.advance(1min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("b:1"), id("c:1")));
}

TEST_F(FollowerTest, WhatLeftTheListIsUnpinnedThoughAnotherImageCannotBePulled) {
  Follower& follower = make({.pin = true});
  follower.use(runtime_, pins_, nullptr);
  follower.set_list({image("a:1"), image("b:1")});
  scheduler_.advance(20min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("a:1"), id("b:1")));
  follower.set_list({image("a:1"), image("missing:1")});
  scheduler_.advance(1min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("a:1")));
}

// Its layers may be those of an image that is on its way.
TEST_F(FollowerTest, NothingIsUnpinnedBeforeEachImageWasTried) {
  Follower& follower = make({.pin = true});
  follower.use(runtime_, pins_, nullptr);
  follower.set_list({image("a:1")});
  scheduler_.advance(20min);
  runtime_.pull_takes = 10min;
  follower.set_list({image("b:1")});
  scheduler_.advance(9min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("a:1")));
  scheduler_.advance(2min);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("b:1")));
}

TEST_F(FollowerTest, WhatIsThereFromBeforeStaysPinnedWhileItCannotBePulled) {
  pins_.held = {id("a:1"), "sha256:of-before"};
  runtime_.there["a:1"] = {.id = id("a:1")};
  runtime_.registry.erase("a:1");
  Follower& follower = make({.pin = true});
  follower.use(runtime_, pins_, nullptr);
  follower.set_list({image("a:1"), image("b:1")});
  scheduler_.advance(1h);
  EXPECT_THAT(pins_.held, UnorderedElementsAre(id("a:1"), id("b:1")));
}

TEST_F(FollowerTest, NothingIsUnpinnedWhileTheRuntimeDoesNotSayWhatIsThere) {
  pins_.held = {"sha256:of-before"};
  Follower& follower = make({.pin = true});
  follower.use(runtime_, pins_, nullptr);
  follower.set_list({image("a:1"), image("missing:1")});
  scheduler_.advance(1min);
  runtime_.cannot_look = {"missing:1"};  // it was tried
  scheduler_.advance(1h);
  EXPECT_THAT(pins_.held, UnorderedElementsAre("sha256:of-before", id("a:1")));
}

}  // namespace
}  // namespace kip::agent
