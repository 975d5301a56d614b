#include "nats/settings.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace kip::nats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Options {
  Settings nats = {};
};
constexpr FlagTable<Options> table{Flags<Options>::all};

TEST(NatsSettings, FlagsTakeThePlaceOfTheEnvironment) {
  Options options;
  std::vector<std::string> problems;
  read_environment({{"NATS_ADDR", "nats://a:1"}, {"IMAGES", "of.env"}}, "IMAGES", options.nats,
                   problems);
  EXPECT_EQ(options.nats.subject, "of.env");
  EXPECT_EQ(options.nats.servers.front().host, "a");
  auto given = table.parse({"--nats=tls://b", "--subject=other", "--nats-ca-file=/ca"});
  table.read(given, options);
  EXPECT_THAT(given.problems, IsEmpty());
  EXPECT_EQ(options.nats.subject, "other");
  EXPECT_TRUE(options.nats.servers.front().tls);
  EXPECT_EQ(options.nats.tls.ca_file, "/ca");
  auto none = table.parse({"--nats="});
  table.read(none, options);
  EXPECT_THAT(options.nats.servers, IsEmpty());
}

TEST(NatsSettings, WhatIsWrongIsNamedByWhereItStands) {
  Settings settings;
  std::vector<std::string> problems;
  read_environment({{"NATS_ADDR", "http://a"}, {"IMAGES", "che=quay.io/che;"}}, "IMAGES", settings,
                   problems);
  // A subject may hold "=" and ";".
  EXPECT_THAT(problems, ElementsAre(HasSubstr("NATS_ADDR: \"http\" has a scheme")));
  read_environment({{"IMAGES", "a b"}}, "IMAGES", settings, problems);
  EXPECT_THAT(problems.back(), HasSubstr("IMAGES: \"a b\""));
}

TEST(NatsSettings, CredentialsAreReadFromFilesWhenTheyAreAskedFor) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("kip-nats-settings-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  Settings settings;
  settings.username_file = folder / "user";
  settings.password_file = folder / "password";
  const auto options = client_options(settings, "x");
  EXPECT_TRUE(options.credentials()->is_empty());
  std::ofstream(folder / "user") << "agent\n";
  std::ofstream(folder / "password") << "NONE_PROVIDED";
  EXPECT_EQ(*options.credentials(), (Credentials{.user = "agent"}));
  std::ofstream(folder / "password") << "p w\n";
  EXPECT_EQ(options.credentials()->password, "p w");
  std::filesystem::remove_all(folder);
}

TEST(NatsSettings, ACertificateWantsItsKey) {
  Settings settings;
  settings.tls.key_file = "/key";
  std::vector<std::string> problems;
  check(settings, problems);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("stands alone")));
}

}  // namespace
}  // namespace kip::nats
