#include "registry/manifest.h"

#include <gmock/gmock.h>

#include "http/hash.h"

namespace kip::registry {
namespace {

using ::testing::HasSubstr;

constexpr auto oci_index = "application/vnd.oci.image.index.v1+json";
constexpr auto docker_v2 = "application/vnd.docker.distribution.manifest.v2+json";

std::string digest_of(const std::string& body, const std::string& algorithm = "sha256") {
  http::Hash hash(algorithm);
  hash.add(body);
  return algorithm + ":" + hash.hex();
}

http::Response answer(const std::string& type, const std::string& digest,
                      const std::string& body = "") {
  http::Response out{.status = 200, .body = body};
  if (!type.empty()) out.headers["Content-Type"] = type;
  if (!digest.empty()) out.headers["Docker-Content-Digest"] = digest;
  return out;
}

const std::string body = R"({"schemaVersion":2})";

TEST(Manifest, AHeadTellsDigestAndType) {
  const auto head = read_head(answer(std::string(oci_index) + "; charset=utf-8", digest_of("x")));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->digest.text(), digest_of("x"));
  EXPECT_EQ(head->media_type, oci_index);
}

TEST(Manifest, AHeadThatLacksOneOfThemTellsNothing) {
  EXPECT_FALSE(read_head(answer(oci_index, "")));
  EXPECT_FALSE(read_head(answer(oci_index, "sha256:short")));
  EXPECT_FALSE(read_head(answer("", digest_of("x"))));
  EXPECT_FALSE(read_head(answer("text/html", digest_of("x"))));
}

TEST(Manifest, ABodyIsKnownByItsHashAndItsOwnMediaTypeFirst) {
  const auto read = read_manifest(answer(docker_v2, digest_of(body), body), {});
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->digest.text(), digest_of(body));
  EXPECT_EQ(read->media_type, docker_v2);
  const std::string typed = R"({"schemaVersion":2,"mediaType":")" + std::string(oci_index) + "\"}";
  EXPECT_EQ(read_manifest(answer("text/plain", "", typed), {})->media_type, oci_index);
}

TEST(Manifest, TheHashIsTheOneThatWasAskedFor) {
  const auto wanted = types::parse_digest(digest_of(body, "sha512"));
  // A registry may say sha256 to who asks by sha512.
  const auto read = read_manifest(answer(docker_v2, digest_of(body), body), wanted);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->digest, *wanted);
  const auto other = types::parse_digest(digest_of("other"));
  EXPECT_THAT(read_manifest(answer(docker_v2, digest_of("other"), body), other).error(),
              HasSubstr("expected " + digest_of("other")));
  const auto same = types::parse_digest(digest_of(body));
  EXPECT_THAT(read_manifest(answer(docker_v2, digest_of("other"), body), same).error(),
              HasSubstr("its header says " + digest_of("other")));
}

TEST(Manifest, WhatIsNoneIsSaid) {
  for (const auto* text : {"", "<html>", "[]", "{}", R"({"schemaVersion":1})",
                           R"({"schemaVersion":"2"})", R"({"errors":[],"schemaVersion":2})"})
    EXPECT_THAT(read_manifest(answer(docker_v2, "", text), {}).error(),
                HasSubstr("no manifest of schema 2"))
        << text;
  EXPECT_THAT(read_manifest(answer("text/html", "", body), {}).error(),
              HasSubstr("\"text/html\", which is none of a manifest"));
}

}  // namespace
}  // namespace kip::registry
