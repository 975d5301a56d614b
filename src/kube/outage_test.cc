#include "kube/outage.h"

#include <gtest/gtest.h>

namespace kip::kube {
namespace {

int warnings_of(const std::function<void()>& what) {
  ::testing::internal::CaptureStderr();
  what();
  const std::string log = ::testing::internal::GetCapturedStderr();
  int count = 0;
  for (auto at = log.find("level=warning"); at != std::string::npos;
       at = log.find("level=warning", at + 1))
    ++count;
  return count;
}

const http::Error refused{ErrorKind::unreachable, "connection refused"};
const http::Error reset{ErrorKind::transient, "connection reset"};
const http::Error unavailable{ErrorKind::transient, "503 Service Unavailable", 503};

TEST(Outage, TheSameTroubleIsSaidOnce) {
  Outage outage("cannot follow");
  EXPECT_EQ(warnings_of([&] {
              for (int i = 0; i < 5; ++i) {
                outage.failed(refused);
                outage.failed(reset);  // of one cause
              }
            }),
            1);
}

TEST(Outage, ABalancerThatAnswersNowAndThenIsToldOnce) {
  Outage outage("cannot follow");
  EXPECT_EQ(warnings_of([&] {
              for (int i = 0; i < 5; ++i) {
                outage.failed(refused);
                outage.failed(unavailable);
              }
            }),
            2);
}

TEST(Outage, TheNextOneIsSaidAgain) {
  Outage outage("cannot follow");
  EXPECT_EQ(warnings_of([&] {
              outage.failed(refused);
              outage.over();
              outage.failed(refused);
            }),
            2);
}

TEST(Outage, AServerThatWordsEachAnswerAnewDoesNotFillTheLog) {
  Outage outage("cannot follow");
  EXPECT_LE(warnings_of([&] {
              for (int i = 0; i < 1000; ++i)
                outage.failed({ErrorKind::transient, "500: request " + std::to_string(i), 500});
            }),
            20);
}

TEST(Outage, ThatItIsOverIsSaidOnlyIfItWasTold) {
  Outage outage("cannot follow", "following again");
  const auto over = [&] {
    ::testing::internal::CaptureStderr();
    outage.over();
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(over(), "");
  (void)warnings_of([&] { outage.failed(refused); });
  EXPECT_NE(over().find("following again"), std::string::npos);
  EXPECT_EQ(over(), "");
}

}  // namespace
}  // namespace kip::kube
