#include "types/dns_name.h"

#include <string>

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(DnsName, LabelsAndSubdomainsFollowKubernetes) {
  const std::string long_label(63, 'a');
  for (const auto& good : {std::string("a"), std::string("0"), std::string("a-1"), long_label})
    EXPECT_TRUE(check_dns_label(good).ok()) << good;
  for (const auto& bad :
       {std::string(), std::string("-a"), std::string("a-"), std::string("A"), std::string("a.b"),
        std::string("a_b"), std::string("é"), std::string("a b"), long_label + "a"})
    EXPECT_FALSE(check_dns_label(bad).ok()) << bad;
  for (const auto* good : {"a", "a.b", "a-b.c-d", "1.2.3.4"})
    EXPECT_TRUE(check_dns_subdomain(good).ok()) << good;
  for (const auto* bad : {"", ".", ".a", "a.", "a..b", "a-.b", "a.-b", "A.b", "a/b"})
    EXPECT_FALSE(check_dns_subdomain(bad).ok()) << bad;
  EXPECT_TRUE(check_dns_subdomain(std::string(253, 'a')).ok());
  EXPECT_FALSE(check_dns_subdomain(std::string(254, 'a')).ok());
}

TEST(DnsName, KeysAndValuesOfLabelsFollowKubernetes) {
  for (const auto* good : {"a", "A_b.c-d", "example.com/Role", "node-role.kubernetes.io/worker"})
    EXPECT_TRUE(check_qualified_name(good).ok()) << good;
  for (const auto* bad : {"", "/a", "a/", "a/b/c", "-a", "a_", "Ex.com/a", "a b", "a=b"})
    EXPECT_FALSE(check_qualified_name(bad).ok()) << bad;
  EXPECT_TRUE(check_label_value("").ok());
  EXPECT_TRUE(check_label_value("1.2_3-X").ok());
  EXPECT_FALSE(check_label_value(std::string(64, 'a')).ok());
}

TEST(DnsName, AMessageNamesTheByteAndItsPlace) {
  EXPECT_EQ(check_dns_label("my_app").error().message,
            "\"my_app\" is not a DNS label: \"_\" stands at byte 3; expected lower-case letters, "
            "digits and \"-\" between them");
}

}  // namespace
}  // namespace kip::types
