#include "registry/shared_resolver.h"

#include <gtest/gtest.h>

#include "testing/fake_scheduler.h"
#include "testing/settings.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using kip::testing::reference;

// Answers after a second.
class SlowRegistry : public Resolver {
 public:
  explicit SlowRegistry(kip::testing::FakeScheduler& scheduler) : scheduler_(scheduler) {}
  HandlePtr resolve(const types::ImageReference& image, std::vector<Credentials>,
                    OnResolved done) override {
    asked.push_back(image.text);
    return scheduler_.after(1s, [this, image, done = std::move(done)] {
      if (is_down || image.text == hangs)
        return done(Failure{Failure::Kind::unreachable, "no route", {}});
      done(Resolved{*types::parse_digest("sha256:" + std::string(64, 'a')), ""});
    });
  }
  std::vector<std::string> asked;
  bool is_down = false;
  std::string hangs;  // an image

 private:
  kip::testing::FakeScheduler& scheduler_;
};

class SharedResolverTest : public ::testing::Test {
 protected:
  void ask(const std::string& image, const std::string& password = "",
           const std::string& origin = "") {
    std::vector<Credentials> credentials;
    if (!password.empty())
      credentials.push_back({.username = "me", .password = password, .origin = origin});
    handles.push_back(resolver.resolve(reference(image), credentials, [this](const auto& answer) {
      answers += answer ? "y" : "n";
    }));
  }

  kip::testing::FakeScheduler scheduler;
  SlowRegistry registry{scheduler};
  SharedResolver resolver{scheduler, registry, 5min};
  std::vector<HandlePtr> handles;
  std::string answers;
};

TEST_F(SharedResolverTest, AThousandThatAskTheSameAreOneQuestion) {
  for (int i = 0; i < 1000; ++i) ask("reg.test/a:1");
  scheduler.advance(2s);
  ask("reg.test/a:1");
  scheduler.advance(0s);
  EXPECT_EQ(registry.asked.size(), 1U);
  EXPECT_EQ(answers, std::string(1001, 'y'));
  scheduler.advance(6min);
  ask("reg.test/a:1");
  scheduler.advance(2s);
  EXPECT_EQ(registry.asked.size(), 2U) << "an answer does not hold for ever";
}

TEST_F(SharedResolverTest, OtherCredentialsAreAnotherQuestion) {
  ask("reg.test/a:1", "one");
  ask("reg.test/a:1", "two");
  scheduler.advance(3s);
  EXPECT_EQ(registry.asked.size(), 2U);
  EXPECT_EQ(answers, "yy");
}

TEST_F(SharedResolverTest, TheSameCredentialsOfAnotherSecretAreTheSameQuestion) {
  ask("reg.test/a:1", "one", "secret \"a/pull\"");
  ask("reg.test/a:1", "one", "secret \"b/pull\"");
  scheduler.advance(3s);
  EXPECT_EQ(registry.asked.size(), 1U);
  EXPECT_EQ(answers, "yy");
}

TEST_F(SharedResolverTest, ARegistryThatIsDownIsAskedForTwoOfItsImages) {
  registry.is_down = true;
  for (const char* image : {"reg.test/a:1", "reg.test/b:1", "reg.test/c:1"}) ask(image);
  scheduler.advance(3s);
  EXPECT_EQ(registry.asked.size(), 2U);
  EXPECT_EQ(answers, "nnn");
  registry.is_down = false;
  scheduler.advance(30s);
  ask("reg.test/b:1");
  scheduler.advance(2s);
  EXPECT_EQ(answers, "nnny");
}

TEST_F(SharedResolverTest, ADifferentRegistryDoesNotWait) {
  ask("slow.test/a:1");
  ask("other.test/b:1");
  scheduler.advance(1s);
  EXPECT_EQ(answers, "yy");
}

TEST_F(SharedResolverTest, WhoGivesUpIsNotCalledAndWhatNobodyWaitsForIsNotAsked) {
  ask("reg.test/a:1");
  ask("reg.test/b:1");
  handles.clear();
  ask("reg.test/c:1");
  scheduler.advance(3s);
  EXPECT_EQ(answers, "y");
  EXPECT_EQ(registry.asked, (std::vector<std::string>{"reg.test/c:1"}));
}

TEST_F(SharedResolverTest, OneImageThatHangsDoesNotMakeTheRegistrySeemDownForAllOthers) {
  registry.hangs = "reg.test/tenant-one/a:1";
  ask("reg.test/tenant-one/a:1");
  ask("reg.test/tenant-two/b:1");
  scheduler.advance(3s);
  EXPECT_EQ(answers, "ny");
}

}  // namespace
}  // namespace kip::registry
