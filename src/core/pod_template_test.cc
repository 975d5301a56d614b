#include "core/pod_template.h"

#include <gtest/gtest.h>

#include "core/held_images.h"
#include "testing/golden.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using config::CacheMode;
using testing::noon;
using testing::reference;
using testing::some_settings;

constexpr CacheMode all_modes[] = {CacheMode::sleep, CacheMode::pin, CacheMode::volume,
                                   CacheMode::agent};

config::Settings settings_of(CacheMode mode) {
  config::Settings settings = some_settings();
  settings.cache_mode = mode;
  return settings;
}

void expect_golden(const json& spec, const std::string& name) {
  testing::expect_golden(spec.dump(2) + "\n", "src/core/testdata/" + name);
}

TEST(PodTemplate, PinnedImagesAreInitContainersThatEndAtOnce) {
  expect_golden(pod_spec(settings_of(CacheMode::pin), {}, {}), "pin.json");
}

TEST(PodTemplate, AnImageVolumeOfEachIsMountedByOneContainer) {
  expect_golden(pod_spec(settings_of(CacheMode::volume), {}, {}), "volume.json");
}

TEST(PodTemplate, ThatOfOneImageVolumeThatFailsIsKeptFromTheInitContainer) {
  expect_golden(pod_spec(settings_of(CacheMode::volume), {}, {"theia"}), "volume-last.json");
}

TEST(PodTemplate, TheTaintOfTheGateIsToleratedOnceInEachMode) {
  for (const auto mode : all_modes) {
    config::Settings settings = settings_of(mode);
    settings.tolerations = json::array({{{"key", "gpu"}, {"operator", "Exists"}}});
    settings.node_gate.taint = *types::parse_taint("not-warm:NoExecute");
    const json of_gate = {{"key", "not-warm"}, {"operator", "Exists"}, {"effect", "NoExecute"}};
    const json both = json::array({settings.tolerations[0], of_gate});
    EXPECT_EQ(pod_spec(settings, {}, {})["tolerations"], both);
    settings.tolerations = both;
    EXPECT_EQ(pod_spec(settings, {}, {})["tolerations"], both);
    EXPECT_EQ(releasing_pod_spec(settings, {}, "i")["tolerations"], both);
  }
}

TEST(PodTemplate, AnAgentPullsAndPinsAndOneContainerIsLeft) {
  expect_golden(pod_spec(settings_of(CacheMode::agent), {}, {}), "agent.json");
}

TEST(PodTemplate, AnAgentHasTheSecretsAndTheSocketOfItsNode) {
  config::Settings settings = settings_of(CacheMode::agent);
  settings.image_pull_secrets = {"team.pull", std::string(200, 's')};
  settings.runtime_socket = {"/run/kip", "$(NODE_NAME)/cri", "crio.sock"};
  settings.agent_image = reference("registry.test/agent:1");
  TemplateRecord record = new_record(settings, noon());
  record.ask_for({"ubi"}, noon() + std::chrono::hours{1});
  json spec = pod_spec(settings, {}, {});
  set_pull_policies(spec, record);
  expect_golden(spec, "agent-secrets.json");
}

// Else it could not ask them for sizes, and would fill a disk unchecked.
TEST(PodTemplate, AnAgentKnowsWhichRegistriesSpeakPlainHttp) {
  config::Settings settings = settings_of(CacheMode::agent);
  settings.runtime_socket.sub_folder = "$(NODE_NAME)";
  settings.insecure_registries = {"registry.test:5000", "mirror.test"};
  const json fetch = array_at(pod_spec(settings, {}, {}), "/initContainers").at(1);
  ASSERT_EQ(array_at(fetch, "/env").size(), 2U);
  EXPECT_EQ(array_at(fetch, "/env").at(1),
            json({{"name", "INSECURE_REGISTRIES"}, {"value", "registry.test:5000;mirror.test"}}));
}

TEST(PodTemplate, TheAgentIsTheOneBesideOurOwnImage) {
  config::Settings settings = settings_of(CacheMode::agent);
  const auto of = [&](const char* own) {
    Facts facts;
    facts.own_image = own;
    return agent_image(settings, facts);
  };
  EXPECT_EQ(of("registry.test:5000/mirror/kubernetes-image-puller:1.2"),
            "registry.test:5000/mirror/image-puller-agent:1.2");
  EXPECT_EQ(of("registry.test/kubernetes-image-puller"), "registry.test/image-puller-agent");
  for (const char* own : {"", "registry.test/other:1",
                          "registry.test/a/kubernetes-image-puller:1@sha256:"
                          "0000000000000000000000000000000000000000000000000000000000000000"})
    EXPECT_EQ(of(own), "quay.io/eclipse/image-puller-agent:next") << own;
  settings.agent_image = reference("registry.test/agent:1");
  EXPECT_EQ(of("registry.test/x/kubernetes-image-puller:1"), "registry.test/agent:1");
}

TEST(PodTemplate, TwoDaemonSetsNeverHaveOneInstanceOfTheAgent) {
  const auto instance = [](const std::string& space, const std::string& name) {
    config::Settings settings = settings_of(CacheMode::agent);
    settings.namespace_name = space;
    settings.daemonset_name = name;
    const json spec = pod_spec(settings, {}, {});
    return at(spec, "/initContainers")[1]["args"][2].get<std::string>();
  };
  EXPECT_EQ(instance("a", "b"), "--instance=a.b");
  EXPECT_NE(instance("a", "b-c"), instance("a-b", "c"));
  const std::string space(60, 'n');
  EXPECT_EQ(instance(space, "one").size(), std::string("--instance=").size() + 63);
  EXPECT_NE(instance(space, "one"), instance(space, "two"));
}

TEST(PodTemplate, InEachModeItIsReadBackWhichImagesItHolds) {
  for (const CacheMode mode : all_modes) {
    const config::Settings settings = settings_of(mode);
    TemplateRecord record = new_record(settings, noon());
    record.ask_for({"ubi"}, noon() + std::chrono::hours{1});
    json spec = pod_spec(settings, {}, {});
    set_pull_policies(spec, record);
    const std::vector<HeldImage> expected = {{"theia", "quay.io/eclipse/che-theia:next", false},
                                             {"ubi", "registry.test/ubi8:8.10", true}};
    EXPECT_EQ(held_images(spec), expected) << spec;
    EXPECT_EQ(has_image_volumes(spec), mode == CacheMode::volume);
  }
}

TEST(PodTemplate, WhatIsLastComesBehindTheOthers) {
  for (const CacheMode mode : {CacheMode::pin, CacheMode::volume}) {
    const auto held = held_images(pod_spec(settings_of(mode), {}, {"theia"}));
    ASSERT_EQ(held.size(), 2U);
    EXPECT_EQ(held[1].name, "theia");
  }
}

TEST(PodTemplate, AnImageMayHaveTheNameOfWhatIsOurs) {
  for (const CacheMode mode : all_modes) {
    config::Settings settings = settings_of(mode);
    settings.images = {{"kip", reference("a:1")}, {"sleep", reference("b:1")}};
    const json spec = pod_spec(settings, {}, {});
    std::set<std::string> names, volumes;
    std::size_t containers = 0;
    for (const char* list : {"/initContainers", "/containers"})
      for (const auto& one : array_at(spec, list)) {
        names.insert(string_at(one, "/name"));
        ++containers;
      }
    for (const auto& one : array_at(spec, "/volumes")) volumes.insert(string_at(one, "/name"));
    EXPECT_EQ(names.size(), containers) << spec;
    EXPECT_EQ(volumes.size(), array_at(spec, "/volumes").size()) << spec;
    EXPECT_EQ(held_images(spec).size(), 2U);
  }
}

TEST(PodTemplate, OnlyWhatRunsInAnImageHasTheVariablesThatSwitchItsHooksOff) {
  const json spec = pod_spec(settings_of(CacheMode::pin), {}, {});
  EXPECT_FALSE(has(array_at(spec, "/initContainers").at(0), "/env"));
  EXPECT_FALSE(has(array_at(spec, "/containers").at(0), "/env"));
  const json& image = array_at(spec, "/initContainers").at(1);
  EXPECT_EQ(array_at(image, "/env").at(0),
            json({{"name", "NVIDIA_VISIBLE_DEVICES"}, {"value", "void"}}));
}

TEST(PodTemplate, WhatTheApiServerMakesOfImageVolumesIsSeen) {
  json sent, stored;
  sent["spec"]["template"]["spec"] = stored["spec"]["template"]["spec"] =
      pod_spec(settings_of(CacheMode::volume), {}, {});
  EXPECT_TRUE(lost_image_volumes(sent, stored).empty());
  stored["spec"]["template"]["spec"]["volumes"][1].erase("image");
  EXPECT_EQ(lost_image_volumes(sent, stored), std::vector<std::string>{"theia"});
}

}  // namespace
}  // namespace kip::core
