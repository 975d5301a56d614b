// What a Reflector tells beyond an Informer, which stands on it: where lists begin and end, what
// cannot be read, and what a deletion carries. The rest is tested through the Informer.
#include "kube/reflector.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/testing/informer_test.h"
#include "testing/fake_api.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class ReflectorTest : public ::testing::Test {
 protected:
  ReflectorTest() {
    const auto tell = [this](std::string what) { return [this, what] { told.push_back(what); }; };
    reflector.emplace(
        api, scheduler, Reflector::Options{.collection = {pods, "images"}},
        Reflector::Sink{
            .on_list = tell("list"),
            .on_object =
                [this](json& object) {
                  told.push_back(string_at(object, "/metadata/name"));
                  object = nullptr;  // it may be moved from
                },
            .on_unreadable =
                [this](const std::string& key) { told.push_back("unreadable " + key); },
            .on_deleted =
                [this](const json& object) {
                  told.push_back("deleted " + string_at(object, "/metadata/uid"));
                },
            .on_listed = tell("listed"),
            .on_error =
                [this](const http::Error& error) { told.push_back("error " + error.message); }});
  }
  void put(const std::string& name) { api.put(collection + "/" + name, a_pod(name)); }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  std::vector<std::string> told;
  std::optional<Reflector> reflector;
};

TEST_F(ReflectorTest, AListIsToldBetweenItsBeginAndItsEndAndEventsAfterIt) {
  put("a");
  put("b");
  reflector->start();
  EXPECT_FALSE(reflector->is_synced());
  scheduler.advance(100ms);
  EXPECT_TRUE(reflector->is_synced());
  put("c");
  api.remove(collection + "/a");
  EXPECT_THAT(told, ElementsAre("list", "a", "b", "listed", "c", "deleted uid-of-a"));
}

TEST_F(ReflectorTest, AListThatBreaksIsBegunAgainAndOnlyAWholeOneIsListed) {
  put("a");
  const auto first_page = http::Response{
      200, to_text({{"metadata", {{"continue", "more"}}}, {"items", json::array({a_pod("a")})}})};
  api.failures.insert_or_assign(list, first_page);
  reflector->start();
  scheduler.advance(1ms);
  api.failures.insert_or_assign(list, http::Error{ErrorKind::unreachable, "refused"});
  scheduler.advance(1ms);
  EXPECT_FALSE(reflector->is_synced());
  api.failures.clear();
  scheduler.advance(10s);
  EXPECT_THAT(told, ElementsAre("list", "a", "error refused", "list", "a", "listed"));
}

TEST_F(ReflectorTest, WhatCannotBeReadIsToldInEachListSoThatItIsNotSwept) {
  json bad = a_pod("a");
  bad["metadata"]["labels"] = 7;
  api.put(collection + "/a", bad);
  reflector->start();
  scheduler.advance(100ms);
  api.end_watches(http::Error{ErrorKind::transient, "reset"});
  scheduler.advance(1s);
  EXPECT_THAT(told, ElementsAre("list", "unreadable images/a", "listed", "error reset", "list",
                                "unreadable images/a", "listed"));
}

}  // namespace
}  // namespace kip::kube
