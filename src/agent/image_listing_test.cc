#include "agent/image_listing.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "testing/fake_runtime.h"
#include "testing/fake_scheduler.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class ImageListingTest : public ::testing::Test {
 protected:
  ImageListingTest() { log::set_level(log::Level::debug); }
  ~ImageListingTest() override { log::set_level(log::Level::info); }

  std::string list() {
    ::testing::internal::CaptureStderr();
    const auto handle = log_images(runtime, 1min, "before", [this] { ++ended; });
    EXPECT_EQ(ended, 0);
    scheduler.advance(1min);
    return ::testing::internal::GetCapturedStderr();
  }

  kip::testing::FakeScheduler scheduler;
  kip::testing::FakeRuntime runtime{scheduler};
  int ended = 0;
};

TEST_F(ImageListingTest, EachImageIsNamed) {
  runtime.there["a"] = {.id = "sha256:1", .digest = "sha256:d", .bytes = 7, .tags = {"r.test/a:1"}};
  runtime.there["b"] = {.id = "sha256:2"};
  const auto said = list();
  EXPECT_EQ(ended, 1);
  EXPECT_THAT(said, HasSubstr(R"(msg="image present in runtime" image=r.test/a:1 id=sha256:1 )"
                              R"(digest=sha256:d bytes=7 pinned=false stage=before)"));
  EXPECT_THAT(said, HasSubstr("image=sha256:2"));
  EXPECT_THAT(said, HasSubstr("images=2"));
}

TEST_F(ImageListingTest, ARuntimeThatDoesNotTellIsAWarningAndAllGoesOn) {
  runtime.answers = false;
  const auto said = list();
  EXPECT_EQ(ended, 1);
  EXPECT_THAT(said, HasSubstr("level=warn"));
  EXPECT_THAT(said, Not(HasSubstr("level=error")));
}

}  // namespace
}  // namespace kip::agent
