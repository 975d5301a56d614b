#include "http/listen_address.h"

#include <gtest/gtest.h>

namespace kip::http {
namespace {

TEST(ListenAddress, IsAnIpOrAnyAndAPort) {
  EXPECT_FALSE(*parse_listen_address(""));
  EXPECT_EQ(**parse_listen_address("127.0.0.1:9"), (ListenAddress{"127.0.0.1", 9}));
  EXPECT_EQ(**parse_listen_address("[::1]:9"), (ListenAddress{"::1", 9}));
  EXPECT_EQ(**parse_listen_address("0.0.0.0:9"), (ListenAddress{"", 9}));
  for (const char* bad : {":", ":0", ":70000", "a", "[::1]"})
    EXPECT_FALSE(parse_listen_address(bad)) << bad;
}

}  // namespace
}  // namespace kip::http
