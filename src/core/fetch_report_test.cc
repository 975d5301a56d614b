#include "core/fetch_report.h"

#include <gtest/gtest.h>

#include "testing/golden.h"

namespace kip::core {
namespace {

using State = FetchedImage::State;

const std::string short_digest = std::string(41, 'A') + "P8";
const std::string digest = "sha256:" + std::string(62, '0') + "ff";

TEST(FetchReport, TellsOfEachImageByItsPlace) {
  const auto images = read_fetch_report(
      R"({"images":3,"failed":1,"downloaded":1,"bytes":10,"seconds":4.2,)"
      R"("failures":[{"at":1,"image":"b:1","kind":"not found","message":"no such tag"}],)"
      R"("digests":[")" +
          short_digest + R"(",null,null]})",
      3);
  EXPECT_EQ(images, (std::vector<FetchedImage>{{State::there, digest, ""},
                                               {State::failed, "", "no such tag"},
                                               {State::there, "", ""}}));
}

TEST(FetchReport, WhereNotAllFailuresHadRoomOnlyADigestSaysThatAnImageIsThere) {
  const auto images = read_fetch_report(
      R"({"images":4,"failed":2,"failures":[{"at":0,"kind":"network"}],"digests":[null,")" +
          short_digest + R"(",null]})",
      4);
  EXPECT_EQ(images, (std::vector<FetchedImage>{{State::failed, "", "network"},
                                               {State::there, digest, ""},
                                               {State::unknown, "", ""},
                                               {State::unknown, "", ""}}));
}

// What agent/termination_message_test.cc writes.
TEST(FetchReport, OfTwoHundredImagesEachIsThereByItsNameOrHasFailed) {
  const auto one_fails =
      read_fetch_report(testing::golden_text("src/agent/testdata/report-of-200.json"), 200);
  ASSERT_EQ(one_fails.size(), 200U);
  for (std::size_t i = 0; i < 199; ++i) {
    EXPECT_EQ(one_fails[i].state, State::there) << i;
    if (i < 80) {
      EXPECT_EQ(one_fails[i].digest, digest) << i;
    }
  }
  EXPECT_EQ(one_fails[199].state, State::failed);
  EXPECT_EQ(one_fails[199].message, "registry.test/team/image-199:1: not found");
  EXPECT_EQ(one_fails[198].digest, "") << "had no room";

  const auto many_fail = read_fetch_report(
      testing::golden_text("src/agent/testdata/report-of-200-many-failed.json"), 200);
  ASSERT_EQ(many_fail.size(), 200U);
  for (std::size_t i = 0; i < 200; ++i) {
    const bool fails = i % 3 == 0 || i == 199;
    EXPECT_EQ(many_fail[i].state, fails ? State::failed : State::there) << i;
    EXPECT_EQ(many_fail[i].message.empty(), !fails) << i;
  }
}

TEST(FetchReport, WhatIsNoReportOfTheseImagesTellsNothing) {
  for (const char* text :
       {"", "x", "[]", "null", "{}", R"({"images":2})", R"({"images":-1})", R"({"images":"1"})",
        R"({"images":1,"failed":1,"failures":[{"at":1}]})",
        R"({"images":1,"failed":1,"failures":[{"at":-1}]})", R"({"images":1,"failures":[7]})",
        R"({"images":1,"failed":1,"failures":[{"at":18446744073709551615}]})"})
    EXPECT_TRUE(read_fetch_report(text, 1).empty()) << text;
  EXPECT_TRUE(read_fetch_report(R"({"images":0,"failed":0})", 0).empty());
  EXPECT_TRUE(read_fetch_report(std::string(100000, '['), 1).empty());
}

TEST(FetchReport, WhatIsNoDigestIsNone) {
  for (const char* digests : {R"("x")", R"(["x"])", "[7]", R"(["sha256:00"])",
                              R"(["++++++++++++++++++++++++++++++++++++++++++\n"])"}) {
    const auto images =
        read_fetch_report(R"({"images":1,"failed":0,"digests":)" + std::string(digests) + "}", 1);
    ASSERT_EQ(images.size(), 1U) << digests;
    EXPECT_EQ(images[0], (FetchedImage{State::there, "", ""})) << digests;
  }
}

}  // namespace
}  // namespace kip::core
