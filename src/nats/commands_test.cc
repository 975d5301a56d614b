#include "nats/commands.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace kip::nats {
namespace {

json options_of(const std::string& line) {
  return parse_json(std::string_view(line).substr(std::string_view("CONNECT ").size()));
}

TEST(NatsCommands, ConnectShowsWhatThereIs) {
  EXPECT_FALSE(has(options_of(connect_command({}, "x")), "/user"));
  const auto named = options_of(connect_command({.user = "u", .password = "\"p\r\n"}, "agent n1"));
  EXPECT_EQ(string_at(named, "/user"), "u");
  EXPECT_EQ(string_at(named, "/pass"), "\"p\r\n");
  EXPECT_EQ(string_at(named, "/name"), "agent n1");
  EXPECT_EQ(named["verbose"], false);
  const auto token = options_of(connect_command({.token = "t"}, "x"));
  EXPECT_EQ(string_at(token, "/auth_token"), "t");
  EXPECT_FALSE(has(token, "/user"));
}

TEST(NatsCommands, OthersAreLines) {
  EXPECT_EQ(subscribe_command("images", 1), "SUB images 1\r\n");
  EXPECT_EQ(unsubscribe_command(1), "UNSUB 1\r\n");
  EXPECT_EQ(publish_command("images", "nginx:1"), "PUB images 7\r\nnginx:1\r\n");
}

}  // namespace
}  // namespace kip::nats
