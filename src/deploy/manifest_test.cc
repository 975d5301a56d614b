#include "deploy/manifest.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "testing/golden.h"

namespace kip::deploy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<json> objects_of(const std::vector<std::string>& arguments) {
  const auto reading = read_options(arguments);
  EXPECT_TRUE(reading.options) << joined(reading.problems);
  return reading.options ? manifest(*reading.options) : std::vector<json>{};
}

std::string name_of(const json& object) {
  return string_at(object, "/kind") + " " + string_at(object, "/metadata/name");
}

std::vector<std::string> names(const std::vector<json>& objects) {
  std::vector<std::string> out;
  for (const auto& object : objects) out.push_back(name_of(object));
  return out;
}

json find(const std::vector<json>& objects, const std::string& name) {
  for (const auto& object : objects)
    if (name_of(object) == name) return object;
  ADD_FAILURE() << "there is no " << name;
  return {};
}

json pod_of(const std::vector<std::string>& arguments) {
  return at(find(objects_of(arguments), "DaemonSet n"), "/spec/template/spec");
}

const json& container(const json& pod, const char* list) { return array_at(pod, list).at(0); }
std::vector<std::string> args(const json& pod) {
  return container(pod, "/initContainers").at("args");
}

void expect_golden(const std::vector<std::string>& arguments, const std::string& name) {
  testing::expect_golden(json(objects_of(arguments)).dump(2) + "\n", "src/deploy/testdata/" + name);
}

TEST(Manifest, IsPinned) {
  expect_golden({"my-images"}, "vanilla.json");
  expect_golden({"--namespace=prefetch", "--secret=pull-secret", "--collect-metrics",
                 "--parallelism=8", "--best-effort", "my-images"},
                "vanilla-all.json");
  expect_golden({"--no-node-labels", "my-images"}, "vanilla-no-labels.json");
  expect_golden({"--namespace=prefetch", "--collect-metrics", "my-images", "v1", "ocp", "secret"},
                "ocp.json");
  expect_golden({"--use-kubelet-image-credential-integration=GKE", "my-images"}, "gke.json");
  expect_golden(
      {"--k8s-flavor=ocp", "--use-kubelet-image-credential-integration=OCP-ECR", "my-images"},
      "ocp-ecr.json");
}

TEST(Manifest, HasTheObjectsOfImagePrefetcherByTheirNames) {
  EXPECT_THAT(
      names(objects_of({"n"})),
      ElementsAre("ServiceAccount n", "ValidatingAdmissionPolicy n-node-labeler",
                  "ValidatingAdmissionPolicyBinding n-node-labeler", "ClusterRole n-node-labeler",
                  "ClusterRoleBinding n-node-labeler", "DaemonSet n"));
  EXPECT_THAT(
      names(objects_of({"--no-node-labels", "--collect-metrics", "n"})),
      ElementsAre("ServiceAccount n", "Deployment n-metrics", "Service n-metrics", "DaemonSet n"));
  EXPECT_THAT(names(objects_of({"--no-node-labels", "n", "v1", "ocp"})),
              ElementsAre("ServiceAccount n", "Role n-privileged-scc-use",
                          "RoleBinding n-prefetcher-privileged", "DaemonSet n"));
}

TEST(Manifest, NoObjectHasANamespaceUnlessOneIsGiven) {
  for (const auto& object : objects_of({"--collect-metrics", "n", "v1", "ocp", "s"}))
    EXPECT_FALSE(has(object, "/metadata/namespace")) << name_of(object);
  for (const auto& object : objects_of({"--namespace=x", "--collect-metrics", "n", "v1", "ocp"})) {
    const std::string kind = string_at(object, "/kind");
    const bool is_of_cluster = kind.starts_with("Cluster") || kind.starts_with("Validating");
    EXPECT_EQ(string_at(object, "/metadata/namespace"), is_of_cluster ? "" : "x") << kind;
  }
}

TEST(Manifest, TheArgumentsAreThoseThatPeopleEdit) {
  EXPECT_THAT(args(pod_of({"n"})), ElementsAre("fetch", "--image-list-file=/tmp/list/images.txt",
                                               "--cri-socket=/tmp/cri/containerd.sock"));
  EXPECT_THAT(
      args(
          pod_of({"--collect-metrics", "--parallelism=2", "--best-effort", "n", "v1", "ocp", "s"})),
      ElementsAre("fetch", "--docker-config=/tmp/pull-secret",
                  "--image-list-file=/tmp/list/images.txt", "--cri-socket=/tmp/cri/crio.sock",
                  "--metrics-endpoint=n-metrics:8443", "--parallelism=2", "--best-effort"));
  EXPECT_THAT(container(pod_of({"n"}), "/containers").at("args"), ElementsAre("sleep"));
}

TEST(Manifest, PinsAreThoseOfTheInstance) {
  const auto pinning = args(pod_of({"--pin", "--no-node-labels", "n"}));
  EXPECT_THAT(pinning, Contains("--pin"));
  EXPECT_THAT(pinning, Contains("--instance=n"));
}

TEST(Manifest, TheAggregatorIsAskedWhetherItIsReady) {
  const auto deployment = find(objects_of({"--collect-metrics", "n"}), "Deployment n-metrics");
  EXPECT_EQ(at(container(deployment, "/spec/template/spec/containers"), "/readinessProbe/httpGet"),
            (json{{"path", "/healthz"}, {"port", "http"}}));
}

TEST(Manifest, TheSelectorAndTheLabelOfThePodsAreThoseOfImagePrefetcher) {
  const json daemonset = find(objects_of({"n"}), "DaemonSet n");
  EXPECT_EQ(at(daemonset, "/spec/selector"), json({{"matchLabels", {{"app", "n"}}}}));
  EXPECT_EQ(at(daemonset, "/spec/template/metadata/labels"), json({{"app", "n"}}));
}

TEST(Manifest, EveryVolumeIsMountedAndToReadOnly) {
  const json pod = pod_of({"--secret=s", "--use-kubelet-image-credential-integration=GKE", "n"});
  std::vector<std::string> volumes, mounted;
  for (const auto& volume : array_at(pod, "/volumes")) volumes.push_back(volume.at("name"));
  for (const auto& mount : container(pod, "/initContainers").at("volumeMounts")) {
    mounted.push_back(mount.at("name"));
    EXPECT_EQ(mount.at("readOnly"), true) << mount;
  }
  EXPECT_EQ(volumes, mounted);
  EXPECT_FALSE(has(container(pod, "/containers"), "/volumeMounts"));
}

TEST(Manifest, WithoutNodeLabelsThePodHasNoToken) {
  const auto has_token = [](const json& container) {
    const json& mounts = array_at(container, "/volumeMounts");
    return std::any_of(mounts.begin(), mounts.end(),
                       [](const json& mount) { return mount.at("name") == "api-access"; });
  };
  for (const bool labels : {true, false}) {
    const json pod = labels ? pod_of({"n"}) : pod_of({"--no-node-labels", "n"});
    EXPECT_EQ(pod.at("automountServiceAccountToken"), false);
    EXPECT_EQ(has_token(pod.at("initContainers").at(0)), labels);
    EXPECT_FALSE(has_token(pod.at("containers").at(0))) << "what stays needs none";
  }
  const auto variables = [](const json& pod) {
    std::vector<std::string> out;
    for (const auto& each : container(pod, "/initContainers").at("env"))
      out.push_back(each.at("name"));
    return out;
  };
  EXPECT_THAT(variables(pod_of({"n"})), ElementsAre("NODE_NAME", "INSTANCE_NAME"));
  EXPECT_THAT(variables(pod_of({"--no-node-labels", "n"})), ElementsAre("NODE_NAME"));
}

// Without a name all of them were one instance: each took the pins of the others away, and let go
// of what they were downloading.
TEST(Manifest, AnInstanceHasItsNameAlsoWithoutNodeLabels) {
  EXPECT_THAT(container(pod_of({"--no-node-labels", "n"}), "/initContainers").at("args"),
              ::testing::Contains("--instance=n"));
}

TEST(Manifest, OnlyThePullerOnOpenShiftIsPrivileged) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--collect-metrics", "n"}, {"--collect-metrics", "n", "v1", "ocp"}}) {
    const bool is_ocp = arguments.size() > 2;
    const json pod = pod_of(arguments);
    const json& puller = container(pod, "/initContainers").at("securityContext");
    EXPECT_EQ(has(puller, "/privileged"), is_ocp);
    EXPECT_EQ(puller.at("allowPrivilegeEscalation"), is_ocp);
    EXPECT_EQ(puller.at("runAsUser"), 0);
    EXPECT_EQ(puller.at("readOnlyRootFilesystem"), true);
    const json metrics =
        at(find(objects_of(arguments), "Deployment n-metrics"), "/spec/template/spec/containers");
    for (const json& other : {container(pod, "/containers"), metrics.at(0)}) {
      const json& context = other.at("securityContext");
      EXPECT_EQ(context.at("runAsNonRoot"), true);
      EXPECT_EQ(context.at("allowPrivilegeEscalation"), false);
      EXPECT_EQ(context.at("capabilities"), json({{"drop", {"ALL"}}}));
    }
    EXPECT_EQ(has(metrics.at(0), "/securityContext/runAsUser"), !is_ocp);
  }
}

TEST(Manifest, TwoInstancesOnOpenShiftShareNoObject) {
  const auto all = names(objects_of({"--collect-metrics", "one", "v1", "ocp"}));
  for (const auto& name : names(objects_of({"--collect-metrics", "two", "v1", "ocp"})))
    EXPECT_THAT(all, Not(Contains(name)));
}

TEST(Manifest, TheServiceHasTheTypeThatWasAskedFor) {
  const auto type = [](const std::vector<std::string>& arguments) {
    return string_at(find(objects_of(arguments), "Service n-metrics"), "/spec/type");
  };
  EXPECT_EQ(type({"--collect-metrics", "n"}), "ClusterIP");
  EXPECT_EQ(type({"--collect-metrics", "--metrics-service-type=LoadBalancer", "n"}),
            "LoadBalancer");
}

TEST(Manifest, PluginsOfOpenShiftAreTheKubeletsAtTheirOwnPaths) {
  const std::pair<const char*, const char*> files[] = {
      {"OCP-GCR", "gcr"}, {"OCP-ECR", "ecr"}, {"OCP-ACR", "acr"}};
  for (const auto& [integration, registry] : files) {
    const json pod = pod_of(
        {"--k8s-flavor=ocp", "--use-kubelet-image-credential-integration", integration, "n"});
    EXPECT_EQ(pod.at("hostNetwork"), true);
    EXPECT_THAT(
        args(pod),
        Contains("--image-credential-provider-config=/etc/kubernetes/credential-providers/" +
                 std::string(registry) + "-credential-provider.yaml"));
    EXPECT_THAT(args(pod), Contains("--image-credential-provider-bin-dir=/usr/libexec/"
                                    "kubelet-image-credential-provider-plugins"));
  }
}

}  // namespace
}  // namespace kip::deploy
