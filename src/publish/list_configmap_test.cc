#include "publish/list_configmap.h"

#include <gmock/gmock.h>

#include "testing/fake_api.h"
#include "testing/fake_scheduler.h"

namespace kip::publish {
namespace {

using namespace std::chrono_literals;

constexpr const char* at = "/api/v1/namespaces/n/configmaps/wi-images";

class ListConfigMapTest : public ::testing::Test {
 protected:
  std::string stored() const {
    const json* found = api_.find(at);
    return found == nullptr ? "none" : string_at(*found, "/data/images.txt");
  }
  testing::FakeScheduler scheduler_;
  testing::FakeApi api_{scheduler_};
  ListConfigMap list_{kube::Client(api_), scheduler_, "n", "wi-images", "wi-controller"};
};

TEST_F(ListConfigMapTest, IsMadeForTheDeploymentAndChangedWithTheList) {
  api_.put("/apis/apps/v1/namespaces/n/deployments/wi-controller",
           {{"metadata", {{"name", "wi-controller"}, {"uid", "of-deployment"}}}});
  list_.set_list({"a:1", "b:1"});
  EXPECT_FALSE(list_.is_written());
  scheduler_.advance(1s);
  EXPECT_EQ(stored(), "a:1\nb:1\n");
  EXPECT_TRUE(list_.is_written());
  EXPECT_EQ(array_at(*api_.find(at), "/metadata/ownerReferences")[0]["uid"], "of-deployment");
  list_.set_list({"b:1"});
  scheduler_.advance(1s);
  EXPECT_EQ(stored(), "b:1\n");
}

TEST_F(ListConfigMapTest, AnUnchangedListIsNotWritten) {
  list_.set_list({"a:1"});
  scheduler_.advance(1s);
  list_.set_list({"a:1"});
  scheduler_.advance(1s);
  EXPECT_EQ(api_.count("POST /api/v1/namespaces/n/configmaps"), 1U);
  EXPECT_EQ(api_.count("PUT " + std::string(at)), 0U);
}

TEST_F(ListConfigMapTest, IsMadeAnewWhenItWasTakenAway) {
  list_.set_list({"a:1"});
  scheduler_.advance(1s);
  api_.remove(at);
  scheduler_.advance(5min);
  EXPECT_EQ(stored(), "a:1\n");
}

TEST_F(ListConfigMapTest, WhatIsRefusedOnceIsNotAllThatIsEverWritten) {
  list_.set_list({"a:1"});
  scheduler_.advance(1s);
  const std::string write = "PUT " + std::string(at);
  api_.failures.emplace(write, testing::status(422, "too long"));
  list_.set_list({"a:1", "b:1"});
  scheduler_.advance(1min);
  list_.set_list({"c:1"});
  scheduler_.advance(5min);
  EXPECT_EQ(string_at(api_.bodies(write).back(), "/data/images.txt"), "c:1\n");
  api_.failures.clear();
  scheduler_.advance(1min);
  EXPECT_EQ(stored(), "c:1\n");
}

TEST_F(ListConfigMapTest, AnEmptyListIsOneToo) {
  list_.set_list({});
  scheduler_.advance(1s);
  EXPECT_EQ(stored(), "");
  EXPECT_TRUE(list_.is_written());
}

TEST_F(ListConfigMapTest, WhatAConfigMapCannotHoldIsLeftOutAtItsEnd) {
  std::vector<std::string> images;
  for (int i = 0; i < 20'000; ++i)
    images.push_back("quay.io/" + std::string(80, 'a') + ":" + std::to_string(i));
  list_.set_list(images);
  scheduler_.advance(1s);
  EXPECT_LT(stored().size(), 900U << 10);
  EXPECT_TRUE(stored().starts_with(images.front() + "\n"));
  EXPECT_TRUE(stored().ends_with("\n"));
}

TEST_F(ListConfigMapTest, HasTheSameTextInWhicheverOrderTheListCame) {
  list_.set_list({"b:1", "a:1", "a:1"});
  scheduler_.advance(1s);
  EXPECT_EQ(stored(), "a:1\nb:1\n");
  ListConfigMap other{kube::Client(api_), scheduler_, "n", "wi-images", "wi-controller"};
  other.set_list({"a:1", "b:1"});
  scheduler_.advance(10min);
  EXPECT_EQ(api_.count("PUT " + std::string(at)), 0U) << "two replicas write over each other";
}

}  // namespace
}  // namespace kip::publish
