#include "types/image_pattern.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

bool is_for(std::string_view pattern, std::string_view image) {
  return parse_image_pattern(pattern)->matches(*parse_image_reference(image));
}

// How each key of a pull secret matches is in registry/keyring_test.cc.
TEST(ImagePattern, OneIsForAnImageOrNot) {
  struct Row {
    std::string pattern, image;
    bool matches;
  };
  const Row rows[] = {
      {"registry.example.com/team", "registry.example.com/team/app:1", true},
      {"registry.example.com/team", "registry.example.com/other/app", false},
      {"registry.example.com/team", "registry.example.com/team-two/app", true},  // as the kubelet
      {"registry.example.com/team/", "registry.example.com/team-two/app", false},
      {"registry.example.com/", "registry.example.com/a", true},
      {"registry.example.com", "registry.example.com:5000/a", false},
      {"registry.example.com:5000", "registry.example.com:5000/a", true},
      {"*.example.com", "registry.example.com/a", true},
      {"*.example.com", "example.com/a", false},
      {"*.example.com", "a.b.example.com/a", false},
      {"localhost", "localhost/a", true},
      {"[::1]:5000", "[::1]:5000/a", true},
      {"docker.io/library", "busybox", true},
      {"index.docker.io/team", "team/app", true},
      {"docker.io", "quay.io/a", false},
  };
  for (const auto& [pattern, image, matches] : rows)
    EXPECT_EQ(is_for(pattern, image), matches) << pattern << " for " << image;
}

TEST(ImagePattern, WhatCannotBeHowANameBeginsIsRefusedWithTheReason) {
  struct Row {
    std::string text, why;
  };
  const Row rows[] = {
      {"", "it is empty"},
      {"https://quay.io", "it has a scheme, \"https://\""},
      {"/team", "it has no host"},
      {":5000", "it has no host"},
      {"team", "\"team\" is not a registry's name, as it has no dot"},
      {"team/app", "\"team\" is not a registry's name, as it has no dot"},
      {"quay.io:", "\"\" is not a port"},
      {"quay.io:x", "\"x\" is not a port"},
      {"quay.io:123456", "\"123456\" is not a port"},
      {"quay.io/team*", "\"*\" stands in its path"},
      {"quay.io/team/app:1", "\":\" stands in its path"},
      {"quay.io/Team", "\"T\" stands in its path"},
      {"user@quay.io", "\"@\" stands in its host"},
      {"[::1", "its host has no \"]\""},
      {"quay io", "\" \" stands in its host"},
  };
  for (const auto& [text, why] : rows) {
    const auto parsed = parse_image_pattern(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().message.find(why + "; expected host[:port][/path]"), std::string::npos)
        << parsed.error().message;
  }
}

TEST(ImagePattern, OneWithManyStarsEndsSoon) {
  EXPECT_FALSE(matches_wildcard("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
  EXPECT_TRUE(matches_wildcard("a**b*", "axxbyy"));
  EXPECT_TRUE(matches_wildcard("**", ""));
}

}  // namespace
}  // namespace kip::types
