#include "agent/aggregate_options.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AggregateOptions, AreThoseOfImagePrefetcherByDefault) {
  const auto reading = read_aggregate_options({});
  EXPECT_EQ(reading.grpc_port, 8443);
  EXPECT_EQ(reading.http_port, 8080);
  EXPECT_FALSE(reading.debug);
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(AggregateOptions, AreReadInGosSpellings) {
  const auto reading = read_aggregate_options({"-grpc-port", "1", "--http-port=65535", "--debug"});
  EXPECT_EQ(reading.grpc_port, 1);
  EXPECT_EQ(reading.http_port, 65535);
  EXPECT_TRUE(reading.debug);
}

TEST(AggregateOptions, EveryProblemIsNamedAtOnce) {
  EXPECT_THAT(
      read_aggregate_options({"--grpc-port=0", "--http-port=70000", "--debug=so", "more"}).problems,
      ElementsAre(HasSubstr("--grpc-port: \"0\"; expected a port"),
                  HasSubstr("--http-port: \"70000\"; expected a port"), HasSubstr("--debug: "),
                  HasSubstr("\"more\" is not expected")));
  EXPECT_THAT(read_aggregate_options({"--grpc-port=8080"}).problems,
              ElementsAre(HasSubstr("are both 8080")));
}

TEST(AggregateOptions, HelpNamesEveryFlag) {
  EXPECT_TRUE(read_aggregate_options({"--help"}).wants_help);
  for (const char* flag : {"--grpc-port", "--http-port", "--debug"})
    EXPECT_THAT(aggregate_help(), HasSubstr(flag));
}

}  // namespace
}  // namespace kip::agent
