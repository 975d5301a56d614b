#include "core/desired.h"

#include <gtest/gtest.h>

#include "testing/golden.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using testing::noon;
using testing::reference;
using testing::some_settings;

// The pinned DaemonSet.
void expect_golden(const json& object, const std::string& name) {
  testing::expect_golden(object.dump(2) + "\n", "src/core/testdata/" + name);
}

json container(const json& daemonset, std::size_t index) {
  return array_at(daemonset, "/spec/template/spec/containers").at(index);
}

TEST(DesiredDaemonSet, OnPlainKubernetesItIsThePinnedOne) {
  Facts facts;
  facts.owner = OwnerReference{"kubernetes-image-puller", "0a1b"};
  facts.own_image = "quay.io/eclipse/kubernetes-image-puller:1";
  expect_golden(desired_daemonset(some_settings(), facts, new_record(some_settings(), noon()), 50),
                "kubernetes.json");
}

TEST(DesiredDaemonSet, OnOpenShiftNoUidGidOrFsGroupIsSet) {
  Facts facts;
  facts.is_openshift = true;
  expect_golden(desired_daemonset(some_settings(), facts, new_record(some_settings(), noon()), 50),
                "openshift.json");
}

TEST(DesiredDaemonSet, WithEverySettingItIsThePinnedOne) {
  config::Settings settings = some_settings();
  settings.node_selector = {{"kubernetes.io/os", "linux"}};
  settings.affinity =
      json::parse(R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
    {"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"Exists"}]}]}}})");
  settings.tolerations = json::parse(R"([{"operator":"Exists"}])");
  settings.priority_class_name = "cached-images";
  settings.daemonset_annotations = {{"team", "cache"}, {"example.com/x", "y"}};
  settings.image_pull_secrets = {"one", "two"};
  settings.kip_image = reference("quay.io/eclipse/kubernetes-image-puller:7");
  settings.max_nodes_pulling = *types::NodeCount::parse("10%");
  expect_golden(
      desired_daemonset(settings, {}, new_record(settings, noon()), settings.max_nodes_pulling),
      "full.json");
}

TEST(DesiredDaemonSet, ContainersAreInTheOrderOfImages) {
  config::Settings settings = some_settings();
  settings.images.insert(settings.images.begin(), {"zzz", reference("z:1")});
  const json daemonset = desired_daemonset(settings, {}, new_record(settings, noon()), 50);
  EXPECT_EQ(container(daemonset, 0).at("name"), "zzz");
  EXPECT_EQ(container(daemonset, 2).at("name"), "ubi");
}

struct KipImage {
  const char* setting;
  const char* own;
  const char* image;
  const char* first_word;
};

TEST(DesiredDaemonSet, TheInitContainerRunsTheCommandThatItsImageHas) {
  const KipImage cases[] = {
      {"", "", "quay.io/eclipse/kubernetes-image-puller:next", "/bin/sleep"},
      {"", "reg/kip:2", "reg/kip:2", "/bin/sleep"},
      {"reg/kip:1", "reg/kip:2", "reg/kip:1", "/bin/sleep"},
      {"reg/kip:1", "", "reg/kip:1", "/bin/sleep"},
      {"quay.io/eclipse/kubernetes-image-puller:next", "reg.test/kip:2",
       "quay.io/eclipse/kubernetes-image-puller:next", "/bin/sh"},
  };
  for (const auto& c : cases) {
    config::Settings settings = some_settings();
    if (*c.setting != '\0') settings.kip_image = reference(c.setting);
    Facts facts;
    facts.own_image = c.own;
    const json daemonset = desired_daemonset(settings, facts, new_record(settings, noon()), 50);
    const json& init = array_at(daemonset, "/spec/template/spec/initContainers").at(0);
    EXPECT_EQ(init.at("image"), c.image);
    EXPECT_EQ(init.at("command").at(0), c.first_word) << c.setting << " " << c.own;
  }
}

TEST(DesiredDaemonSet, TheInstallCommandCanBeOverridden) {
  config::Settings settings = some_settings();
  settings.kip_install_command = {"/busybox/cp", "/bin/sleep", "/kip/sleep"};
  const json daemonset = desired_daemonset(settings, {}, new_record(settings, noon()), 50);
  EXPECT_EQ(array_at(daemonset, "/spec/template/spec/initContainers").at(0).at("command"),
            json({"/busybox/cp", "/bin/sleep", "/kip/sleep"}));
}

}  // namespace
}  // namespace kip::core
