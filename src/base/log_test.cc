#include "base/log.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace kip::log
