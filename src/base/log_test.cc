#include "base/log.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace kip::log {
namespace {

TEST(Log, ALineIsAMessageAndFields) {
  EXPECT_EQ(format("DaemonSet created", {{"name", "puller"}, {"images", 3}}),
            "msg=\"DaemonSet created\" name=puller images=3");
}

TEST(Log, AValueCannotForgeALineOrAField) {
  EXPECT_EQ(format("m", {{"error", "a b\nlevel=error"}, {"empty", ""}}),
            "msg=\"m\" error=\"a b\\nlevel=error\" empty=\"\"");
}

TEST(Log, HasTheFormOfGosLogAndThatOfJson) {
  ::testing::internal::CaptureStderr();
  set_style(Style::go);
  warn("it broke", {{"where", "here and there"}});
  set_style(Style::json);
  error("it \"broke\"", {{"bytes", "\xff"}});
  set_style(Style::logfmt);
  const std::string text = ::testing::internal::GetCapturedStderr();
  const auto end = text.find('\n');
  EXPECT_EQ(text.substr(text.find(' ') + 1, end - text.find(' ') - 1),
            R"(level=WARN source=kip msg="it broke" where="here and there")");
  const json line = parse_json(text.substr(end + 1));
  ASSERT_TRUE(line.is_object()) << text;
  EXPECT_EQ(line["msg"], "it \"broke\"");
  EXPECT_EQ(line["level"], "ERROR");
  EXPECT_TRUE(line["time"].is_string());
}

TEST(Log, FieldsOfAllStandBehindThoseOfALine) {
  ::testing::internal::CaptureStderr();
  set_fields({{"host", "10.0.0.7"}});
  warn("it broke", {{"where", "here"}});
  set_fields({});
  EXPECT_TRUE(::testing::internal::GetCapturedStderr().ends_with(
      "msg=\"it broke\" where=here host=10.0.0.7\n"));
}

}  // namespace
}  // namespace kip::log
