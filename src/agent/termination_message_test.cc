#include "agent/termination_message.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "testing/golden.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using Outcome = ImageResult::Outcome;
using Kind = runtime::Failure::Kind;

const std::string digest = "sha256:" + std::string(62, '0') + "ff";

ImageResult good(std::string image) {
  return {.image = std::move(image),
          .outcome = Outcome::downloaded,
          .digest = digest,
          .downloaded = 10};
}

ImageResult bad(std::string image, std::string words) {
  return {.image = std::move(image), .failure = {{Kind::not_found, std::move(words)}}};
}

TEST(TerminationMessage, SaysWhatFailedAndWhichDigestTheOthersHave) {
  const std::string text =
      termination_message({good("a:1"),
                           bad("b:1", "no such tag"),
                           {.image = "c:1", .outcome = Outcome::up_to_date, .digest = ""}},
                          4250ms);
  EXPECT_EQ(text,
            R"({"images":3,"failed":1,"downloaded":1,"bytes":10,"seconds":4.25,)"
            R"("failures":[{"at":1,"image":"b:1","kind":"not found","message":"no such tag"}],)"
            R"("digests":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8",null,null]})");
}

TEST(TerminationMessage, SaysWhichEntriesOfTheListAreNoImages) {
  EXPECT_EQ(termination_message({good("a:1")}, 1s, {"images.txt:4: \"B\" is no image"}),
            R"({"images":1,"failed":0,"downloaded":1,"bytes":10,"seconds":1.0,"bad_entries":1,)"
            R"("failures":[{"kind":"reference","message":"images.txt:4: \"B\" is no image"}],)"
            R"("digests":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8"]})");
  EXPECT_EQ(parse_json(termination_message({}, 0s, {"x", "y"}))["bad_entries"], 2);
}

// Words of Go have their cause at the end: containerd 2.2.1's, where the disk was full.
TEST(TerminationMessage, OfLongWordsItHasTheCause) {
  const std::string words =
      "failed to pull and unpack image \"10.88.0.1:5000/e2e/large-31544fb3ba:1\": failed to copy: "
      "write /tmp/kip-ctd.1d4_tf1i/root/io.containerd.content.v1.content/ingest/"
      "4b97cc5cfa2e286522d20715ececcd0b91d865aa77e6b5cd1f9b0a0c3a0d3b0f/data: no space left on "
      "device";
  const json read = parse_json(termination_message({bad("a:1", words)}, 1s));
  const auto message = read["failures"][0]["message"].get<std::string>();
  EXPECT_LE(message.size(), 200U);
  EXPECT_TRUE(message.starts_with("failed to pull and unpack image")) << message;
  EXPECT_TRUE(message.ends_with("/data: no space left on device")) << message;
}

TEST(TerminationMessage, ManyBadEntriesFitBehindWhatFailed) {
  const std::vector<std::string> entries(1000, std::string(300, '"'));
  const std::string text = termination_message({bad("b:1", "no such tag")}, 1s, entries);
  EXPECT_LE(text.size(), longest_termination_message);
  const json read = parse_json(text);
  EXPECT_EQ(read["bad_entries"], 1000);
  EXPECT_EQ(read["failures"].front()["at"], 0);
  EXPECT_FALSE(read["failures"].back().contains("at"));
  EXPECT_LE(
      termination_message(std::vector<ImageResult>(8000, bad("b:1", "x")), 1s, entries).size(),
      longest_termination_message);
}

TEST(TerminationMessage, AlwaysFitsAndStaysWhole) {
  for (const std::size_t n : {1UL, 50UL, 80UL, 1000UL, 8000UL, 20000UL}) {
    for (const std::size_t failing : {0UL, 1UL, n}) {
      std::vector<ImageResult> results;
      for (std::size_t i = 0; i < n; ++i)
        results.push_back(i < failing ? bad(std::string(300, 'x'), std::string(5000, '"'))
                                      : good("image"));
      const std::string text = termination_message(results, 1s);
      EXPECT_LE(text.size(), longest_termination_message) << n << " " << failing;
      const json read = parse_json(text);
      ASSERT_TRUE(read.is_object()) << text;
      EXPECT_EQ(read["images"], n);
      EXPECT_EQ(read["failed"], failing);
    }
  }
}

// Of a thousand, more than there is room for: what is there is true, each by its place.
TEST(TerminationMessage, OfAThousandImagesItSaysWhatFailedFirstAndNothingWrong) {
  std::vector<ImageResult> results;
  for (int i = 0; i < 1000; ++i)
    results.push_back(i % 3 == 1 ? bad("r.test/" + std::to_string(i) + ":1", "no such tag")
                                 : good("r.test/" + std::to_string(i) + ":1"));
  const std::string text = termination_message(results, 1h);
  EXPECT_LE(text.size(), longest_termination_message);
  EXPECT_LT(text.find("\"failures\""), text.find("\"digests\""));
  const json read = parse_json(text);
  EXPECT_EQ(read["images"], 1000);
  EXPECT_EQ(read["failed"], 333);
  EXPECT_EQ(read["downloaded"], 667);
  EXPECT_EQ(read["bytes"], 6670);
  ASSERT_GT(read["failures"].size(), 20U);
  for (std::size_t i = 0; i < read["failures"].size(); ++i) {
    const std::size_t at = 3 * i + 1;
    EXPECT_EQ(read["failures"][i]["at"], at);
    EXPECT_EQ(read["failures"][i]["image"], results[at].image);
  }
  ASSERT_GT(read["digests"].size(), 20U);
  for (std::size_t i = 0; i < read["digests"].size(); ++i)
    EXPECT_EQ(read["digests"][i].is_null(), i % 3 == 1) << i;
}

TEST(TerminationMessage, BytesThatAreNoTextDoNotBreakIt) {
  const std::string text = termination_message({bad("a:1", "\xff\xfe broken")}, 1s);
  EXPECT_TRUE(parse_json(text).is_object()) << text;
}

// core/fetch_report_test.cc reads these two files.
TEST(TerminationMessage, OfTwoHundredImagesItSaysWhichFailedWhetherOrNotThereIsRoomForTheWords) {
  std::vector<ImageResult> results;
  for (int i = 0; i < 200; ++i) {
    const std::string image = "registry.test/team/image-" + std::to_string(i) + ":1";
    results.push_back(i == 199 ? bad(image, image + ": not found") : good(image));
  }
  const std::string few = termination_message(results, 1s);
  EXPECT_LE(few.size(), longest_termination_message);
  kip::testing::expect_golden(few, "src/agent/testdata/report-of-200.json");
  for (std::size_t i = 0; i < 200; i += 3) results[i] = bad(results[i].image, "not found");
  const std::string many = termination_message(results, 1s);
  EXPECT_LE(many.size(), longest_termination_message);
  kip::testing::expect_golden(many, "src/agent/testdata/report-of-200-many-failed.json");
}

TEST(TerminationMessage, HasRoomForSeventyDigests) {
  const std::string text = termination_message(std::vector<ImageResult>(70, good("a:1")), 1s);
  EXPECT_EQ(parse_json(text)["digests"].size(), 70U);
}

}  // namespace
}  // namespace kip::agent
