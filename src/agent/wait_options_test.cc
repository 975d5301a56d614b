#include "agent/wait_options.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(WaitOptions, AreRead) {
  const auto reading =
      read_wait_options({"--namespace=images", "-timeout", "90s", "--best-effort", "prepull"});
  ASSERT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.options.namespace_name, "images");
  EXPECT_EQ(reading.options.timeout, 90s);
  EXPECT_TRUE(reading.options.best_effort);
  EXPECT_EQ(reading.options.daemonset, "prepull");
  EXPECT_EQ(read_wait_options({"prepull"}).options.timeout, 10min);
  EXPECT_TRUE(read_wait_options({"-h"}).wants_help);
}

TEST(WaitOptions, AllProblemsAreTold) {
  EXPECT_THAT(read_wait_options({"--namespace=A", "--timeout=0s"}).problems,
              ElementsAre(HasSubstr("--namespace: "), HasSubstr("--timeout: "),
                          HasSubstr("one DaemonSet")));
  EXPECT_THAT(read_wait_options({"a", "b"}).problems, ElementsAre(HasSubstr("one DaemonSet")));
  EXPECT_THAT(read_wait_options({"A_"}).problems, ElementsAre(HasSubstr("\"A_\"")));
}

}  // namespace
}  // namespace kip::agent
