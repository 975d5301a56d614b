#include "types/digest.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(Digest, ItsPartsAreTakenApart) {
  const std::string hex(64, 'a');
  const auto digest = parse_digest("sha256:" + hex);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->text(), "sha256:" + hex);
  EXPECT_EQ(digest->algorithm(), "sha256");
  EXPECT_EQ(digest->hex(), hex);
  EXPECT_EQ(*digest, *parse_digest("sha256:" + hex));
}

TEST(Digest, LongerHashesAreTaken) {
  EXPECT_TRUE(parse_digest("sha384:" + std::string(96, '0')));
  EXPECT_TRUE(parse_digest("sha512:" + std::string(128, 'f')));
}

TEST(Digest, WhatOnlyLooksLikeOneIsNone) {
  for (const auto& text :
       {std::string(), std::string("sha256:"), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(65, 'a'), "sha256:" + std::string(64, 'A'),
        "sha256:" + std::string(64, 'g'), "md5:" + std::string(32, 'a'), std::string(64, 'a'),
        " sha256:" + std::string(64, 'a'), "sha512:" + std::string(64, 'a')})
    EXPECT_FALSE(parse_digest(text)) << text;
}

}  // namespace
}  // namespace kip::types
