#include "metrics/results.h"

#include <thread>

#include <gmock/gmock.h>

namespace kip::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PullResult result(const std::string& id, const std::string& image = "busybox",
                  std::int64_t started_at = 0) {
  return {.attempt_id = id, .started_at = started_at, .image = image, .node = "n1"};
}

std::vector<std::string> ids(const Results& results) {
  std::vector<std::string> all;
  results.visit(0, [&](const PullResult& each) {
    all.push_back(each.attempt_id);
    return true;
  });
  return all;
}

TEST(Results, TheSameIdTakesTheOthersPlace) {
  Results results;
  for (const char* id : {"1", "2", "3"}) results.add(result(id));
  results.add(result("2", "alpine"));
  EXPECT_THAT(ids(results), ElementsAre("1", "2", "3"));
  EXPECT_EQ(results.at(1)->image, "alpine");
  EXPECT_EQ(results.counts().received, 4U);
  EXPECT_EQ(results.counts().kept, 3U);
}

TEST(Results, OnesWithoutAnIdAreAllKept) {
  Results results;
  results.add(result(""));
  results.add(result(""));
  EXPECT_EQ(results.counts().kept, 2U);
}

TEST(Results, TheOldestGoWhereThereAreTooManyAndItIsToldOnce) {
  Results results({.results = 2});
  ::testing::internal::CaptureStderr();
  for (const char* id : {"1", "2", "3", "4"}) results.add(result(id));
  const std::string said = ::testing::internal::GetCapturedStderr();
  const auto first = said.find("the oldest are dropped");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(said.find("the oldest are dropped", first + 1), std::string::npos);
  EXPECT_THAT(ids(results), ElementsAre("3", "4"));
  EXPECT_EQ(results.counts().dropped, 2U);
  results.add(result("1"));  // its old place is not there any more
  EXPECT_THAT(ids(results), ElementsAre("4", "1"));
}

TEST(Results, TheOldestGoWhereTheyAreTooLong) {
  Results results({.bytes = 5000});
  for (const char* id : {"1", "2", "3", "4"}) {
    PullResult large = result(id);
    large.error = std::string(100'000, 'x');
    results.add(large);
  }
  EXPECT_THAT(ids(results), ElementsAre("3", "4")) << "each is cut to about 2,000 bytes";
  EXPECT_LT(results.at(3)->error.size(), 3000U);
}

TEST(Results, AVisitGoesOnWhereItEndedAlsoIfThatIsDropped) {
  Results results({.results = 3});
  for (const char* id : {"1", "2", "3"}) results.add(result(id));
  const auto next = results.visit(0, [](const PullResult&) { return false; });
  ASSERT_EQ(next, 1U);
  results.add(result("4"));
  results.add(result("5"));
  std::vector<std::string> rest;
  EXPECT_EQ(results.visit(*next,
                          [&](const PullResult& each) {
                            rest.push_back(each.attempt_id);
                            return true;
                          }),
            std::nullopt);
  EXPECT_THAT(rest, ElementsAre("3", "4", "5"));
}

TEST(Results, TheLatestOfAnImageOnANodeIsTheOneThatBeganLast) {
  Results results;
  EXPECT_THAT(results.latest(), IsEmpty());
  results.add(result("1", "a", 10));
  results.add(result("2", "a", 30));
  results.add(result("3", "a", 20));  // sent late
  results.add(result("4", "b", 5));
  PullResult elsewhere = result("5", "a", 1);
  elsewhere.node = "n2";
  results.add(elsewhere);
  EXPECT_THAT(results.latest(), ElementsAre(1, 3, 4));
}

TEST(Results, AnyThreadMayAddWhileOthersRead) {
  Results results({.results = 100});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&results, t] {
      for (int i = 0; i < 500; ++i)
        results.add(result(std::to_string(t) + "/" + std::to_string(i)));
    });
  for (int i = 0; i < 50; ++i) EXPECT_LE(ids(results).size(), 100U);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(results.counts().received, 2000U);
  EXPECT_EQ(results.counts().dropped, 1900U);
}

}  // namespace
}  // namespace kip::metrics
