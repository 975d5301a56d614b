#include "core/fetch_report.h"

#include <gtest/gtest.h>

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
