#include "agent/credential_provider_config.h"

#include <gmock/gmock.h>

#include "testing/settings.h"
#include "yaml/from_yaml.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using kip::testing::reference;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

CredentialProviderConfig read(const std::string& text) {
  CredentialProviderConfig config;
  add_credential_providers(config, *from_yaml(text), "f.yaml");
  return config;
}

std::string with(const std::string& providers) {
  return "{kind: CredentialProviderConfig, apiVersion: kubelet.config.k8s.io/v1, providers: " +
         providers + "}";
}
const std::string api = ", apiVersion: credentialprovider.kubelet.k8s.io/v1";
// A provider with more fields, or others.
std::string provider(const std::string& more, const std::string& name = "name: p, ",
                     const std::string& images = ", matchImages: [r.test]",
                     const std::string& duration = "defaultCacheDuration: 1m") {
  return with("[{" + name + duration + images + api + more + "}]");
}

// As nodes of GKE have it.
TEST(CredentialProviderConfig, IsReadAsKubeletsHaveIt) {
  const auto config = read(R"(kind: CredentialProviderConfig
apiVersion: kubelet.config.k8s.io/v1
providers:
  - name: auth-provider-gcp
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    matchImages:
    - "container.cloud.google.com"
    - "*.pkg.dev"
    - registry.io:8080/path
    args:
    - get-credentials
    - --v=3
    defaultCacheDuration: 1m30s
    env:
    - name: A
      value: "1"
    - name: B
    - {name: A, value: x=y}
  - {name: other, apiVersion: credentialprovider.kubelet.k8s.io/v1, matchImages: ["*.*"], defaultCacheDuration: "0", args: null}
)");
  EXPECT_THAT(config.problems, IsEmpty());
  ASSERT_THAT(config.providers, SizeIs(2));
  const auto& first = config.providers[0];
  EXPECT_EQ(first.name, "auth-provider-gcp");
  EXPECT_EQ(first.default_cache_duration, 90s);
  EXPECT_THAT(first.args, ElementsAre("get-credentials", "--v=3"));
  EXPECT_THAT(first.env, ElementsAre(Pair("B", ""), Pair("A", "x=y")));
  EXPECT_TRUE(first.matches(reference("europe-docker.pkg.dev/a/b:1")));
  EXPECT_TRUE(first.matches(reference("registry.io:8080/path/x")));
  EXPECT_FALSE(first.matches(reference("registry.io/path/x")));
  EXPECT_FALSE(first.matches(reference("registry.io:8080/other")));
  EXPECT_FALSE(first.matches(reference("pkg.dev/x")));
  EXPECT_TRUE(config.providers[1].matches(reference("busybox")));
  EXPECT_EQ(config.providers[1].default_cache_duration, 0s);
}

TEST(CredentialProviderConfig, EveryProblemIsNamedWithItsProviderAndField) {
  const struct {
    std::string text, problem;
  } cases[] = {
      {"[1]", "f.yaml: the file is an array; expected a CredentialProviderConfig of the kubelet"},
      {"{kind: KubeletConfiguration, apiVersion: kubelet.config.k8s.io/v1, providers: [" +
           std::string("{name: p, matchImages: [a.b], defaultCacheDuration: 0s") + api + "}]}",
       "f.yaml: kind is \"KubeletConfiguration\"; expected CredentialProviderConfig"},
      {"{kind: CredentialProviderConfig, apiVersion: kubelet.config.k8s.io/v1beta1, providers: [" +
           std::string("{name: p, matchImages: [a.b], defaultCacheDuration: 0s") + api + "}]}",
       "f.yaml: apiVersion is \"kubelet.config.k8s.io/v1beta1\"; expected "
       "kubelet.config.k8s.io/v1"},
      {with("[]"), "f.yaml: providers is empty; expected at least one"},
      {with("null"), "f.yaml: providers is empty; expected at least one"},
      {with("{}"), "f.yaml: providers is an object; expected a list of providers"},
      {with("[x]"), "f.yaml: providers[0]: it is a string; expected an object"},
      {provider("").insert(1, "plugins: [], "),
       "f.yaml: \"plugins\" is not a field; expected one of kind, apiVersion, providers"},
      {provider("", ""),
       "f.yaml: providers[0]: name is missing; expected the name of a program in the folder of "
       "plugins"},
      {provider("", "name: 5, "),
       "f.yaml: providers[0]: name is a number; expected the name of a program in the folder of "
       "plugins"},
      {provider("", "name: ../sh, "),
       "f.yaml: providers[0] \"../sh\": name is \"../sh\"; expected the name of a program in the "
       "folder of plugins, without slashes and spaces"},
      {provider("", "name: .., "),
       "f.yaml: providers[0] \"..\": name is \"..\"; expected the name of a program in the folder "
       "of plugins, without slashes and spaces"},
      {provider("", "name: \"a\\0b\", "),
       "f.yaml: providers[0] \"a\\x00b\": name holds a zero byte, which no program can be given"},
      {provider("", "name: p, ", ""),
       "f.yaml: providers[0] \"p\": matchImages is empty; expected at least one, such as "
       "*.example.com"},
      {provider("", "name: p, ", ", matchImages: a.b"),
       "f.yaml: providers[0] \"p\": matchImages is a string; expected a list of texts"},
      {provider("", "name: p, ", ", matchImages: [a.b, {}]"),
       "f.yaml: providers[0] \"p\": matchImages[1] is an object; expected host[:port][/path]"},
      {provider("", "name: p, ", ", matchImages: ['https://a.b']"),
       "f.yaml: providers[0] \"p\": matchImages[0]: \"https://a.b\" is not how an image's name "
       "begins: it has a scheme, \"https://\"; expected host[:port][/path], such as quay.io/team "
       "or *.example.com"},
      {provider("", "name: p", ", matchImages: [a.b]", ""),
       "f.yaml: providers[0] \"p\": defaultCacheDuration is missing; expected a duration such as "
       "10m, or 0s"},
      {provider("", "name: p, ", ", matchImages: [a.b]", "defaultCacheDuration: 10"),
       "f.yaml: providers[0] \"p\": defaultCacheDuration is a number; expected a duration such as "
       "10m, or 0s"},
      {provider("", "name: p, ", ", matchImages: [a.b]", "defaultCacheDuration: 1d"),
       "f.yaml: providers[0] \"p\": defaultCacheDuration: \"1d\" is not a duration; expected one "
       "such as 30s, 5m or 1h30m"},
      {provider("", "name: p, ", ", matchImages: [a.b]", "defaultCacheDuration: -1s"),
       "f.yaml: providers[0] \"p\": defaultCacheDuration is \"-1s\", which is negative; expected a "
       "duration such as 10m, or 0s"},
      {with("[{name: p, matchImages: [a.b], defaultCacheDuration: 0s}]"),
       "f.yaml: providers[0] \"p\": apiVersion is missing; expected "
       "credentialprovider.kubelet.k8s.io/v1"},
      {with("[{name: p, matchImages: [a.b], defaultCacheDuration: 0s, apiVersion: "
            "credentialprovider.kubelet.k8s.io/v1alpha1}]"),
       "f.yaml: providers[0] \"p\": apiVersion is "
       "\"credentialprovider.kubelet.k8s.io/v1alpha1\"; expected "
       "credentialprovider.kubelet.k8s.io/v1"},
      {provider(", args: x"),
       "f.yaml: providers[0] \"p\": args is a string; expected a list of texts"},
      {provider(", args: [a, 1]"),
       "f.yaml: providers[0] \"p\": args[1] is a number; expected a text"},
      {provider(", args: [\"a\\0\"]"),
       "f.yaml: providers[0] \"p\": args[0] holds a zero byte, which no program can be given"},
      {provider(", env: {A: b}"),
       "f.yaml: providers[0] \"p\": env is an object; expected a list of name and value"},
      {provider(", env: [A]"),
       "f.yaml: providers[0] \"p\": env[0] is a string; expected name and value"},
      {provider(", env: [{value: b}]"),
       "f.yaml: providers[0] \"p\": env[0]: name is null; expected a text"},
      {provider(", env: [{name: a=b}]"),
       "f.yaml: providers[0] \"p\": env[0]: name is \"a=b\"; expected the name of a variable"},
      {provider(", env: [{name: A, value: true}]"),
       "f.yaml: providers[0] \"p\": env[0]: value is a boolean; expected a text"},
      {provider(", env: [{name: A, valueFrom: x}]"),
       "f.yaml: providers[0] \"p\": env[0]: \"valueFrom\" is not a field; expected one of name, "
       "value"},
      {provider(", tokenAttributes: {serviceAccountTokenAudience: a}"),
       "f.yaml: providers[0] \"p\": tokenAttributes asks for the token of a pod's service account, "
       "and images are pulled here before there is a pod; expected a provider without it"},
      {provider(", matchimages: []"),
       "f.yaml: providers[0] \"p\": \"matchimages\" is not a field; expected one of name, "
       "matchImages, defaultCacheDuration, apiVersion, args, env, tokenAttributes"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.text);
    EXPECT_THAT(read(each.text).problems, ElementsAre(each.problem));
  }
}

TEST(CredentialProviderConfig, AllProblemsOfAllFilesAreToldAtOnce) {
  CredentialProviderConfig config;
  add_credential_providers(config, *from_yaml(provider("")), "a.yaml");
  add_credential_providers(config, *from_yaml(with("[{name: p}, {name: q}]")), "b.yaml");
  EXPECT_THAT(
      config.problems,
      ElementsAre(HasSubstr("b.yaml: providers[0] \"p\": name is that of a provider before"),
                  HasSubstr("b.yaml: providers[0] \"p\": apiVersion is missing"),
                  HasSubstr("b.yaml: providers[0] \"p\": matchImages is empty"),
                  HasSubstr("b.yaml: providers[0] \"p\": defaultCacheDuration is missing"),
                  HasSubstr("b.yaml: providers[1] \"q\": apiVersion is missing"),
                  HasSubstr("b.yaml: providers[1] \"q\": matchImages is empty"),
                  HasSubstr("b.yaml: providers[1] \"q\": defaultCacheDuration is missing")));
}

}  // namespace
}  // namespace kip::agent
