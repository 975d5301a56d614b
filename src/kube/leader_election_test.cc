#include "kube/leader_election.h"

#include <gtest/gtest.h>

#include "testing/fake_api.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;
using testing::status;

const std::string path = "/apis/coordination.k8s.io/v1/namespaces/ops/leases/puller";

class LeaseTest : public ::testing::Test {
 protected:
  struct Replica {
    Replica(FakeApi& api, FakeScheduler& scheduler, const std::string& name)
        : lease(api, scheduler, "ops", "puller", name, {[this] { ++won; }, [this] { ++lost; }}) {}
    int won = 0, lost = 0;
    LeaderElection lease;
  };
  std::string holder() const { return string_at(*api.find(path), "/spec/holderIdentity"); }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
};

TEST_F(LeaseTest, TheFirstOneMakesItAndKeepsIt) {
  Replica one(api, scheduler, "one");
  one.lease.start();
  scheduler.advance(1min);
  EXPECT_EQ(one.won, 1);
  EXPECT_EQ(one.lost, 0);
  EXPECT_EQ(holder(), "one");
  EXPECT_EQ(int_at(*api.find(path), "/spec/leaseDurationSeconds"), 15);
  EXPECT_EQ(int_at(*api.find(path), "/spec/leaseTransitions"), 0);
}

TEST_F(LeaseTest, OfTwoOnlyOneWorks) {
  Replica one(api, scheduler, "one"), two(api, scheduler, "two");
  one.lease.start();
  two.lease.start();
  scheduler.advance(5min);
  EXPECT_EQ(one.won + two.won, 1);
  EXPECT_EQ(one.lost + two.lost, 0);
}

TEST_F(LeaseTest, OneThatWasGivenUpIsTakenAtOnce) {
  Replica one(api, scheduler, "one"), two(api, scheduler, "two");
  one.lease.start();
  scheduler.advance(1s);
  two.lease.start();
  scheduler.advance(10s);
  bool released = false;
  one.lease.release([&] { released = true; });
  scheduler.advance(3s);
  EXPECT_TRUE(released);
  EXPECT_EQ(two.won, 1);
  EXPECT_EQ(holder(), "two");
  EXPECT_EQ(int_at(*api.find(path), "/spec/leaseTransitions"), 1);
}

TEST_F(LeaseTest, OneWhoseHolderIsGoneIsTakenAfterItsDuration) {
  auto one = std::make_unique<Replica>(api, scheduler, "one");
  one->lease.start();
  scheduler.advance(1s);
  one.reset();
  Replica two(api, scheduler, "two");
  two.lease.start();
  scheduler.advance(14s);
  EXPECT_EQ(two.won, 0);
  scheduler.advance(4s);
  EXPECT_EQ(two.won, 1);
}

TEST_F(LeaseTest, AHolderThatCannotRenewStopsBeforeSomebodyElseBegins) {
  Replica one(api, scheduler, "one");
  one.lease.start();
  scheduler.advance(1s);
  api.failures.insert({"PUT " + path, status(500)});
  scheduler.advance(9s);
  EXPECT_EQ(one.lost, 0);
  scheduler.advance(5s);  // 15 s after the last renewal at most
  EXPECT_EQ(one.lost, 1);
  api.failures.clear();
  scheduler.advance(10s);
  EXPECT_EQ(one.won, 2);
}

TEST_F(LeaseTest, AnEditOfTheLeaseIsNoReasonToLoseIt) {
  Replica one(api, scheduler, "one");
  one.lease.start();
  scheduler.advance(1s);
  json lease = *api.find(path);
  lease["metadata"]["labels"]["team"] = "x";
  api.put(path, lease);
  scheduler.advance(1min);
  EXPECT_EQ(one.lost, 0);
  EXPECT_EQ(string_at(*api.find(path), "/metadata/labels/team"), "x");
}

TEST_F(LeaseTest, WhoSeesAnotherHolderStopsWorking) {
  Replica one(api, scheduler, "one");
  one.lease.start();
  scheduler.advance(1s);
  json lease = *api.find(path);
  lease["spec"]["holderIdentity"] = "other";
  api.put(path, lease);
  scheduler.advance(8s);
  EXPECT_EQ(one.lost, 1);
}

TEST_F(LeaseTest, AnAnswerThatIsNoLeaseIsTriedAgainAndEndsNothing) {
  const std::string get = "GET " + path, put = "PUT " + path;
  for (const char* garbage : {R"({"spec":7})", R"({"metadata":{},"spec":"x"})", "{}"}) {
    api.failures.insert_or_assign(get, http::Response{200, garbage});
    Replica one(api, scheduler, "one");
    one.lease.start();
    scheduler.advance(10s);
    EXPECT_EQ(one.won, 0) << garbage;
    api.failures.clear();
    scheduler.advance(30s);
    EXPECT_EQ(one.won, 1) << garbage;
    api.failures.insert_or_assign(put, http::Response{200, garbage});
    scheduler.advance(10s);
    api.failures.clear();
    scheduler.advance(10s);
    EXPECT_TRUE(one.lease.is_leader()) << garbage;
    one.lease.release([] {});
    scheduler.advance(1s);
  }
}

}  // namespace
}  // namespace kip::kube
