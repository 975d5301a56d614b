#include "advise/own_daemonsets.h"

#include <gmock/gmock.h>

#include "core/desired.h"
#include "testing/pods.h"

namespace kip::advise {
namespace {

using namespace std::chrono_literals;
using kip::testing::noon;
using ::testing::ElementsAre;

json daemonset(const std::string& name = "puller", const std::string& label = "") {
  json labels = {{"app.kubernetes.io/managed-by", "kubernetes-image-puller"}};
  if (!label.empty()) labels = {{"app.kubernetes.io/name", "image-puller"}, {"test", label}};
  return {
      {"metadata", {{"name", name}, {"namespace", "cache"}, {"labels", labels}}},
      {"spec",
       {{"template",
         {{"spec",
           {{"initContainers", {{{"name", "copy-sleep"}, {"image", "kip:1"}}}},
            {"containers",
             {{{"name", "a"}, {"image", "reg.test/a:1"}}, {{"name", "b"}, {"image", "b"}}}}}}}}}}};
}

json ready_pod(const std::string& node, WallTime since, const std::string& owner = "puller") {
  json pod = kip::testing::running_pod(node, since);
  pod["metadata"]["namespace"] = "cache";
  pod["metadata"]["ownerReferences"] = {{{"kind", "DaemonSet"}, {"name", owner}, {"uid", "u"}}};
  return pod;
}

TEST(OwnDaemonSets, OneThatLetsImagesGoListsNoneAndItsPodsAreKnown) {
  json releasing = daemonset("puller-release");
  releasing["metadata"]["labels"] = {{"che.eclipse.org/image-puller-release", "x"}};
  OwnDaemonSets own;
  own.add(releasing);
  EXPECT_TRUE(own.listed().empty());
  EXPECT_TRUE(own.is_name_of_own_pod("cache", "puller-release-x2b4z"));
}

TEST(OwnDaemonSets, ListEachImageOnceWithItsName) {
  OwnDaemonSets own;
  own.add(daemonset());
  own.add(daemonset("second"));
  own.add(daemonset());
  EXPECT_THAT(own.listed(), ElementsAre(ListedImage{"a", "reg.test/a:1"}, ListedImage{"b", "b"}));
}

TEST(OwnDaemonSets, HoldAnImageWhereAPodOfThemIsReady) {
  OwnDaemonSets own;
  own.add(daemonset());
  own.add_pod(ready_pod("n1", noon()));
  own.add_pod(ready_pod("n1", noon() - 1h));
  own.add_pod(kip::testing::waiting_pod("n2", "ImagePullBackOff"));
  own.add_pod(ready_pod("n3", noon(), "unknown"));
  EXPECT_EQ(own.held_since("docker.io/library/b:latest", "n1"), noon() - 1h);
  EXPECT_FALSE(own.held_since("docker.io/library/b:latest", "n2"));
  EXPECT_FALSE(own.held_since("docker.io/library/b:latest", "n3"));
  EXPECT_FALSE(own.held_since("other:1", "n1"));
}

TEST(OwnDaemonSets, AreKnownByTheNamesOfTheirPods) {
  OwnDaemonSets own;
  own.add(daemonset());
  own.add(daemonset(std::string(60, 'x')));
  EXPECT_TRUE(own.is_name_of_own_pod("cache", "puller-x7k2q"));
  EXPECT_TRUE(own.is_name_of_own_pod("cache", std::string(58, 'x') + "x7k2q")) << "it is cut";
  EXPECT_FALSE(own.is_name_of_own_pod("other", "puller-x7k2q"));
  EXPECT_FALSE(own.is_name_of_own_pod("cache", "puller-ui-x7k2q"));
  EXPECT_FALSE(own.is_name_of_own_pod("cache", "puller-agent")) << "'a' and 'e' are never drawn";
  EXPECT_FALSE(own.is_name_of_own_pod("cache", "x7k2q"));
}

}  // namespace
}  // namespace kip::advise
