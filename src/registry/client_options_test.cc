#include "registry/client_options.h"

#include <gmock/gmock.h>

namespace kip::registry {
namespace {

using ::testing::HasSubstr;

TEST(ClientOptions, AreThoseOfTheEnvironment) {
  const auto options = client_options(
      {{"INSECURE_REGISTRIES", "a.test:5000;b.test, c.test"}, {"REGISTRY_CA_FILE", "/etc/ca.pem"}});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->insecure.has("a.test", 5000));
  EXPECT_TRUE(options->insecure.has("b.test", 80));
  EXPECT_TRUE(options->insecure.has("c.test", 80));
  EXPECT_FALSE(options->insecure.has("d.test", 80));
  EXPECT_EQ(options->ca_file, "/etc/ca.pem");
}

TEST(ClientOptions, AWrongOneIsNamed) {
  EXPECT_THAT(client_options({{"INSECURE_REGISTRIES", "a/b"}}).error().message,
              HasSubstr("INSECURE_REGISTRIES: \"a/b\" is not host[:port]"));
}

}  // namespace
}  // namespace kip::registry
