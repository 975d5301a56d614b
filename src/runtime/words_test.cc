#include "runtime/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::runtime {
namespace {

types::ImageReference reference(const std::string& text) {
  return *types::parse_image_reference(text);
}

TEST(RuntimeWords, TheNameOfAnImageDoesNotSayWhatFailed) {
  const struct {
    const char *image, *words, *left;
  } cases[] = {
      {"r.test:5000/denied/not-found:403", "manifest for r.test:5000/denied/not-found:403 is new",
       "manifest for  is new"},
      {"denied", "pull of manifest for denied is new", "pull of manifest is new"},
      {"denied:403", "manifest for denied:403 is new", "manifest is new"},
      {"denied/forbidden:1", "manifest for denied/forbidden:1 is new", "manifest is new"},
      {"r.test/denied:1", "Head \"https://r.test/v2/denied/manifests/1\": new",
       "Head \"https://r.test/v2/\": new"},
  };
  for (const auto& each : cases)
    EXPECT_EQ(without_names(each.words, reference(each.image)), each.left) << each.image;
}

TEST(RuntimeWords, NoSecretIsShown) {
  EXPECT_EQ(to_show("ann:t0k3n", {.username = "ann", .password = "t0k3n"}), "***");
}

TEST(RuntimeWords, WhatIsShownIsShortAndWellFormed) {
  const auto text = to_show(std::string(5000, 'x'));
  EXPECT_LT(text.size(), 1010U);
  EXPECT_THAT(text, ::testing::EndsWith("…"));
  EXPECT_EQ(to_show("abc\xff"
                    "def"),
            "abc");
}

TEST(RuntimeWords, TheDigestIsThatOfTheRepositoryAskedFor) {
  const std::vector<std::string> digests = {"other.test/a@sha256:1", "r.test/a@sha256:2",
                                            "r.test/a@sha256:3", "busybox@sha256:4",
                                            "<none>@<none>"};
  EXPECT_EQ(digest_in(digests, reference("r.test/a:1")), "sha256:2");
  auto pinned = reference("r.test/a");
  pinned.digest = "sha256:3";
  EXPECT_EQ(digest_in(digests, pinned), "sha256:3");
  EXPECT_EQ(digest_in(digests, reference("docker.io/library/busybox:1")), "sha256:4");
  EXPECT_EQ(digest_in(digests, reference("r.test/b:1")), "");
  EXPECT_EQ(digest_of("no-digest"), "");
}

}  // namespace
}  // namespace kip::runtime
