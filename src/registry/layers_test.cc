#include "registry/layers.h"

#include <gmock/gmock.h>

#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const types::Platform amd64{.architecture = "amd64"};
const std::string a = "sha256:" + std::string(64, 'a'), b = "sha256:" + std::string(64, 'b');
const std::string docker = "application/vnd.docker.distribution.manifest.v2+json";

std::string layer(const std::string& digest, const std::string& bytes, const std::string& type) {
  return R"({"digest":")" + digest + R"(","size":)" + bytes + R"(,"mediaType":")" + type + "\"}";
}

std::string manifest_of(const std::string& layers) {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[)" +
         layers + "]}";
}

TEST(ManifestContent, AManifestHasItsLayersEachOnce) {
  const auto gzip = layer(a, "10", "application/vnd.oci.image.layer.v1.tar+gzip");
  const auto plain = layer(b, "20", "application/vnd.oci.image.layer.v1.tar");
  const auto content = read_manifest_content(manifest_of(gzip + "," + plain + "," + gzip), amd64);
  ASSERT_TRUE(content);
  EXPECT_THAT(content->layers, ElementsAre(Layer{a, 10, true}, Layer{b, 20, false}));
}

TEST(ManifestContent, DockersLayersAreCompressed) {
  const auto content = read_manifest_content(
      manifest_of(layer(a, "1", "application/vnd.docker.image.rootfs.diff.tar.gzip")), amd64);
  EXPECT_TRUE(content->layers.at(0).is_compressed);
}

TEST(ManifestContent, AnIndexNamesTheManifestOfThePlatform) {
  const auto entry = [](const std::string& digest, const std::string& architecture) {
    return R"({"digest":")" + digest + R"(","platform":{"os":"linux","architecture":")" +
           architecture + "\"}}";
  };
  const std::string index = R"({"manifests":[)" + entry(b, "unknown") + "," + entry(b, "arm64") +
                            "," + entry(a, "amd64") + "," + entry(b, "amd64") + "]}";
  EXPECT_EQ(read_manifest_content(index, amd64)->manifest, a);
  EXPECT_EQ(read_manifest_content(index, {.architecture = "s390x"}).error(),
            "names no manifest for linux/s390x");
}

TEST(ManifestContent, WhatIsNoneIsAnError) {
  for (const auto& text :
       {std::string("no JSON"), std::string("{}"), std::string("[]"),
        manifest_of(layer(a, "-1", "x")), manifest_of(layer("sha256:x", "1", "x")),
        std::string(R"({"manifests":[{"digest":"x"}]})")})
    EXPECT_FALSE(read_manifest_content(text, amd64)) << text;
}

class LayersTest : public ClientTest {
 protected:
  Result<std::vector<Layer>, Failure> layers(std::vector<Credentials> credentials = {}) {
    std::optional<Result<std::vector<Layer>, Failure>> seen;
    handle_ = client().layers(image(), std::move(credentials), amd64, [&](const auto& result) {
      seen = result;
      handle_.reset();
      loop_.stop();
    });
    run();
    return seen ? *seen : Failure{Kind::transient, "nothing within the test's patience"};
  }
  // An index, and what it names.
  void serve_index(const std::string& manifest) {
    kip::testing::RegistryBehaviour other;
    other.manifest = manifest;
    const auto digest = other.digest_of_manifest();
    auto now = registry_.edit();
    now->manifest = R"({"schemaVersion":2,"manifests":[{"digest":")" + digest +
                    R"(","platform":{"os":"linux","architecture":"amd64"}}]})";
    now->trouble = [=](auto& peer, const auto& request) {
      return request.target.ends_with(digest) &&
             peer.answer(200, manifest, "Content-Type: " + docker + "\r\n");
    };
  }
};

TEST_F(LayersTest, AreThoseOfTheIndexsManifestForThePlatform) {
  serve_index(manifest_of(layer(a, "10", docker)));
  const auto found = layers();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, ElementsAre(Layer{a, 10, true}));
  EXPECT_EQ(asked().size(), 2U);
}

TEST_F(LayersTest, CredentialsAreShown) {
  serve_index(manifest_of(layer(a, "10", docker)));
  registry_.edit()->auth = Auth::basic;
  EXPECT_TRUE(layers({good_}));
  expect_failure(layers({bad_}), Kind::unauthorized);
}

TEST_F(LayersTest, AnIndexWithinAnIndexIsNotFollowed) {
  serve_index(R"({"schemaVersion":2,"manifests":[{"digest":")" + a +
              R"(","platform":{"os":"linux","architecture":"amd64"}}]})");
  expect_failure(layers(), Kind::bad_answer, "an index within an index");
}

}  // namespace
}  // namespace kip::registry
