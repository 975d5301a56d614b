#include "deploy/options.h"

#include <gmock/gmock.h>

#include "testing/golden.h"

namespace kip::deploy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Words = std::vector<std::string>;

DeployOptions good(const Words& arguments) {
  const auto reading = read_options(arguments);
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.options.value_or(DeployOptions{});
}

Words problems(const Words& arguments) {
  const auto reading = read_options(arguments);
  EXPECT_FALSE(reading.options);
  EXPECT_FALSE(reading.only_name_is_missing);
  return reading.problems;
}

TEST(DeployOptions, ANameAloneTakesTheDefaults) {
  const auto options = good({"my-images"});
  EXPECT_EQ(options.name, "my-images");
  EXPECT_EQ(options.image, "quay.io/eclipse/image-puller-agent:next");
  EXPECT_EQ(options.namespace_name, "");
  EXPECT_EQ(options.secret, "");
  EXPECT_EQ(options.service_type, "ClusterIP");
  EXPECT_EQ(options.flavor, Flavor::vanilla);
  EXPECT_EQ(options.integration, CredentialIntegration::none);
  EXPECT_FALSE(options.collect_metrics);
  EXPECT_TRUE(options.node_labels);
  EXPECT_FALSE(options.best_effort);
  EXPECT_EQ(options.parallelism, 0);
}

TEST(DeployOptions, EveryFlagIsRead) {
  const auto options =
      good({"--version", "v0.5.2", "-namespace=prefetch", "--k8s-flavor", "ocp", "-secret",
            "pull.secret", "--collect-metrics", "--metrics-service-type=NodePort",
            "--use-kubelet-image-credential-integration", "OCP-ACR", "--no-node-labels",
            "--parallelism=8", "--best-effort", "name"});
  EXPECT_EQ(options.image, "quay.io/eclipse/image-puller-agent:v0.5.2-distro");
  EXPECT_EQ(options.namespace_name, "prefetch");
  EXPECT_EQ(options.flavor, Flavor::ocp);
  EXPECT_EQ(options.secret, "pull.secret");
  EXPECT_TRUE(options.collect_metrics);
  EXPECT_EQ(options.service_type, "NodePort");
  EXPECT_EQ(options.integration, CredentialIntegration::ocp_acr);
  EXPECT_FALSE(options.node_labels);
  EXPECT_EQ(options.parallelism, 8);
  EXPECT_TRUE(options.best_effort);
}

TEST(DeployOptions, TheOldFormIsRead) {
  const auto vanilla = good({"name", "v0.1.0", "vanilla"});
  EXPECT_EQ(vanilla.name, "name");
  EXPECT_EQ(vanilla.image, "quay.io/eclipse/image-puller-agent:v0.1.0");
  EXPECT_EQ(vanilla.flavor, Flavor::vanilla);
  EXPECT_EQ(vanilla.secret, "");
  const auto ocp = good({"name", "v0.1.0", "ocp", "secret"});
  EXPECT_EQ(ocp.flavor, Flavor::ocp);
  EXPECT_EQ(ocp.secret, "secret");
}

TEST(DeployOptions, TheOldFormMayHaveFlagsBeforeIt) {
  const auto options =
      good({"--collect-metrics", "--image=registry.example:5000/agent", "n", "v1", "ocp"});
  EXPECT_TRUE(options.collect_metrics);
  EXPECT_EQ(options.image, "registry.example:5000/agent:v1");
}

TEST(DeployOptions, TheLastOfAFlagGivenTwiceIsTaken) {
  EXPECT_EQ(good({"--secret=a", "--secret=b", "n"}).secret, "b");
  EXPECT_TRUE(good({"--no-node-labels", "--no-node-labels=false", "n"}).node_labels);
}

TEST(DeployOptions, AnEmptyTextIsAsNone) {
  const auto options = good({"--secret=", "--namespace=", "--image=", "--version=",
                             "--use-kubelet-image-credential-integration=", "n"});
  EXPECT_EQ(options.image, "quay.io/eclipse/image-puller-agent:next");
  EXPECT_EQ(good({"n", "v1", "vanilla", ""}).secret, "");
}

TEST(DeployOptions, AnImageWithATagOrADigestIsTakenAsItStands) {
  const std::string digest = "r.example/a@sha256:" + std::string(64, 'a');
  EXPECT_EQ(good({"--image=r.example/a:1", "n"}).image, "r.example/a:1");
  EXPECT_EQ(good({"--image", digest, "n"}).image, digest);
  EXPECT_EQ(
      good({"--image=r.example/a:1", "--use-kubelet-image-credential-integration=GKE", "n"}).image,
      "r.example/a:1");
  EXPECT_EQ(good({"--image=r.example/a", "--version=2", "n"}).image, "r.example/a:2");
  EXPECT_EQ(good({"--image=r.example/a", "n"}).image, "r.example/a:next");
}

TEST(DeployOptions, APseudoVersionMeansTheTagOfItsCommit) {
  const std::string repository = "quay.io/eclipse/image-puller-agent:";
  EXPECT_EQ(good({"--version=v0.5.3-0.20260801120000-0123456789ab", "n"}).image,
            repository + "sha-0123456");
  EXPECT_EQ(good({"--version=v0.5.3-0.20260801120000-0123456789ab",
                  "--use-kubelet-image-credential-integration=GKE", "n"})
                .image,
            repository + "sha-0123456-distro");
  for (const char* tag :
       {"v0.5.3", "v0.5.3-rc.1", "sha-0123456", "v0.5.3-0.1-nothex", "v0.5.3-0.1-012345"})
    EXPECT_EQ(good({"--version", tag, "n"}).image, repository + tag);
}

TEST(DeployOptions, WithoutNameOnlyThatIsTold) {
  for (const auto& arguments : std::vector<Words>{{}, {"--secret", "name"}, {"--"}}) {
    const auto reading = read_options(arguments);
    EXPECT_TRUE(reading.only_name_is_missing);
    EXPECT_THAT(reading.problems, ElementsAre(HasSubstr("NAME: it is missing")));
    EXPECT_FALSE(reading.options);
  }
}

TEST(DeployOptions, HelpIsNoProblem) {
  const auto reading = read_options({"--help"});
  EXPECT_TRUE(reading.wants_help);
  EXPECT_THAT(reading.problems, IsEmpty());
}

// What is wrong alone: the argument that is named, and some of the words.
struct Refusal {
  Words arguments;
  const char* says;
};

TEST(DeployOptions, WhatIsWrongIsNamedWithWhatIsExpected) {
  const std::string long_name(56, 'a');
  const Refusal refusals[] = {
      {{"My_Images"}, "NAME: \"My_Images\" is not a DNS label"},
      {{""}, "NAME: \"\" is not a DNS label: it is empty"},
      {{"a.b"}, "NAME: \"a.b\" is not a DNS label"},
      {{std::string(64, 'a')}, "64 bytes, more than 63"},
      {{"--collect-metrics", long_name}, "56 bytes; expected at most 55 with --collect-metrics"},
      {{"--collect-metrics", "1st"}, "NAME: \"1st\" begins with a digit"},
      {{"n", "v1"}, "NAME: behind \"n\" stands \"v1\"; expected NAME alone, or NAME VERSION"},
      {{"n", "v1", "ocp", "s", "x"}, "NAME: behind \"n\" stands \"v1\", \"ocp\", \"s\", \"x\""},
      {{"--collect-metrics", "true", "n"}, "NAME: behind \"true\" stands \"n\""},
      {{"n", "--secret", "s"}, "\"--secret\": a flag stands behind NAME; expected before it"},
      {{"n", "v1", "ocp", "-secret=s"}, "\"-secret=s\": a flag stands behind NAME"},
      {{"n", "v1", "aks"}, "vanilla|ocp: \"aks\" is not known; expected vanilla or ocp"},
      {{"n", "v1", "ocp", "S!"}, "SECRET: \"S!\" is not a DNS subdomain"},
      {{"n", "v 1", "ocp"}, "--version: \"v 1\" is no tag"},
      {{"--version=v1", "n", "v1", "ocp"}, "VERSION: \"v1\" stands beside --version"},
      {{"--k8s-flavor=ocp", "n", "v1", "ocp"}, "vanilla|ocp: \"ocp\" stands beside --k8s-flavor"},
      {{"--secret=s", "n", "v1", "ocp", "s"}, "SECRET: \"s\" stands beside --secret"},
      {{"--what", "n"}, "\"--what\" is an unknown flag"},
      {{"--k8s-flavor=aks", "n"}, "--k8s-flavor: \"aks\" is not known; expected vanilla or ocp"},
      {{"--k8s-flavor=", "n"}, "--k8s-flavor: \"\" is not known"},
      {{"--namespace=A", "n"}, "--namespace: \"A\" is not a DNS label"},
      {{"--secret=a_b", "n"}, "--secret: \"a_b\" is not a DNS subdomain"},
      {{"--collect-metrics=yes", "n"}, "--collect-metrics: \"yes\" is no boolean"},
      {{"--collect-metrics", "--metrics-service-type=Ingress", "n"},
       "--metrics-service-type: \"Ingress\" is not known; expected ClusterIP, LoadBalancer or "
       "NodePort"},
      {{"--metrics-service-type=NodePort", "n"}, "expected --collect-metrics beside it"},
      {{"--use-kubelet-image-credential-integration=EKS", "n"},
       "\"EKS\" is not known; expected GKE, OCP-GCR, OCP-ECR or OCP-ACR"},
      {{"--use-kubelet-image-credential-integration=OCP-ECR", "n"}, "expected the flavor ocp"},
      {{"--use-kubelet-image-credential-integration=GKE", "n", "v1", "ocp"},
       "expected the flavor vanilla"},
      {{"--parallelism=0", "n"}, "--parallelism: \"0\" is no number of images; expected 1 to 1000"},
      {{"--parallelism=4x", "n"}, "--parallelism: \"4x\" is no number"},
      {{"--parallelism", "", "n"}, "--parallelism: \"\" is no number"},
      {{"--image=r.example/UPPER:1", "n"}, "--image: "},
      {{"--version=v1", "--image=a/b:1", "n"},
       "--version: \"v1\" stands beside an --image that has a tag"},
      {{"--version=" + std::string(129, 'a'), "n"}, "is no tag"},
      {{"--version=a@sha256:" + std::string(64, 'a'), "n"}, "is no tag"},
  };
  for (const auto& refusal : refusals)
    EXPECT_THAT(problems(refusal.arguments), ElementsAre(HasSubstr(refusal.says)));
}

TEST(DeployOptions, AllProblemsAreToldAtOnce) {
  EXPECT_THAT(problems({"--what", "--k8s-flavor=aks", "--parallelism=x", "--namespace=A_B"}),
              ::testing::SizeIs(4));
  EXPECT_THAT(problems({"--k8s-flavor=aks", "A_B", "v1", "v2", "v3", "v4"}), ::testing::SizeIs(3));
  EXPECT_THAT(problems({"--k8s-flavor=aks"}), ElementsAre(HasSubstr("flavor"), HasSubstr("NAME")));
}

TEST(DeployOptions, TheDocumentationIsPinned) {
  testing::expect_golden(options_markdown(), "src/deploy/testdata/flags.md");
  EXPECT_THAT(options_help(), HasSubstr("  --secret SECRET\n      Secret of type"));
  EXPECT_THAT(options_help(), HasSubstr("  --k8s-flavor vanilla|ocp (default vanilla)\n"));
}

}  // namespace
}  // namespace kip::deploy
