#include "advise/advice.h"

#include <gmock/gmock.h>

#include "advise/advice_text.h"
#include "config/images.h"

namespace kip::advise {
namespace {

using namespace std::chrono_literals;
using Kind = ImageAdvice::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const WallTime noon = *from_rfc3339("2026-11-30T12:00:00Z");

ImagePulls pulls(const std::string& image, std::size_t hits, std::size_t waits,
                 Duration each = 4s) {
  return {.image = image,
          .hits = hits,
          .asked = 0,
          .hit_nodes = std::min<std::size_t>(hits, 2),
          .pulls = waits,
          .pull_nodes = std::min<std::size_t>(waits, 2),
          .failures = 0,
          .spent = each * static_cast<int>(waits),
          .samples = 1,
          .of_samples = each,
          .bytes = 3 << 20};
}

PullRecords::Result events(std::vector<ImagePulls> all) {
  PullRecords::Result result{.span = Span{.from = noon, .to = noon + 58min + 28s, .events = 20},
                             .images = {}};
  for (auto& each : all) result.images[each.image] = std::move(each);
  return result;
}

std::vector<std::pair<std::string, Kind>> kinds(const Advice& advice) {
  std::vector<std::pair<std::string, Kind>> found;
  for (const auto& image : advice.images) found.emplace_back(image.image, image.kind);
  return found;
}

TEST(Advice, KeepsWhatIsUsedDropsWhatIsNotAndAddsWhatPodsWaitedFor) {
  const Advice advice = advise(
      {{"r.test/kept:1", 2, 1, {}}, {"r.test/waited:1", 3, 2, {}}, {"r.test/quiet:1", 9, 2, {}}},
      events({pulls("r.test/kept:1", 5, 0), pulls("r.test/waited:1", 1, 2),
              pulls("r.test/gone:1", 0, 1, 9s), pulls("r.test/gone-kept:1", 1, 0)}),
      {{"mine", "r.test/kept:1"}, {"unused", "r.test/unused:1"}, {"gone", "r.test/gone-kept:1"}});
  EXPECT_THAT(kinds(advice), ElementsAre(std::pair{"r.test/gone:1", Kind::add},
                                         std::pair{"r.test/waited:1", Kind::add},
                                         std::pair{"r.test/kept:1", Kind::keep},
                                         std::pair{"r.test/gone-kept:1", Kind::keep},
                                         std::pair{"r.test/unused:1", Kind::drop},
                                         std::pair{"r.test/quiet:1", Kind::none}));
  EXPECT_THAT(dropped_images(advice), ElementsAre("r.test/unused:1"));
  EXPECT_EQ(hit_rate(advice.listed.hits, advice.listed.pulls), 1.0);
  EXPECT_EQ(advice.unlisted.spent, 17s);
  EXPECT_EQ(advice.unlisted.saved, 0s);
  EXPECT_EQ(advice.unlisted.saved_bytes, 0U);
  EXPECT_EQ(advice.all.hits, 7U);
  EXPECT_EQ(advice.all.pulls, 3U);
}

TEST(Advice, OfAnImageThatOnlyOurOwnPodsHadIsNone) {
  EXPECT_THAT(kinds(advise({}, events({pulls("r.test/left:1", 0, 0)}), {})), IsEmpty());
}

TEST(Advice, AProposedListCanBeTaken) {
  const Advice advice = advise(
      {},
      events({pulls("b.test/x:1", 1, 0), pulls("c.test/x:1", 1, 0), pulls("d.test/x:1", 0, 1),
              pulls("e.test/copy-sleep:1", 0, 1), pulls("UPPER//x", 0, 1)}),
      {{"x", "b.test/x:1"}, {"x", "c.test/x:1"}});
  const std::string setting = advised_images(advice);
  const auto list = config::parse_images(setting);
  EXPECT_THAT(list.problems, IsEmpty()) << setting;
  EXPECT_EQ(list.images.size(), 4U) << setting;
  EXPECT_THAT(setting, HasSubstr("x=b.test/x:1;")) << "what is in a list keeps its name";
  EXPECT_EQ(advised_images(advise({}, {}, {})), "");
}

TEST(Advice, SavesTheKnownTimeOfAPullForEachHitThatAskedNobody) {
  ImagePulls image = pulls("r.test/a:1", 10, 0);
  image.asked = 4;
  const Advice advice = advise({}, events({image}), {{"a", "r.test/a:1"}});
  EXPECT_EQ(advice.listed.saved, 24s);
  EXPECT_EQ(advice.listed.saved_bytes, 30U << 20);
  EXPECT_EQ(advice.listed.saved_once, 8s);
  EXPECT_EQ(advice.listed.saved_bytes_once, 6U << 20);
  EXPECT_EQ(advice.listed.hits_unknown, 0U);
}

TEST(Advice, SavesNothingThatIsKnownWhereNoPullWasSeen) {
  ImagePulls image = pulls("r.test/a:1", 10, 0);
  image.samples = 0;
  image.of_samples = {};
  image.bytes = 0;
  const Advice advice = advise({}, events({image}), {{"a", "r.test/a:1"}});
  EXPECT_EQ(advice.listed.saved, 0s);
  EXPECT_EQ(advice.listed.hits_unknown, 10U);
  EXPECT_THAT(advice_table(advice), HasSubstr("10 hits of images of which no pull was seen"));
  EXPECT_TRUE(advice_json(advice)["images"][0]["savedSeconds"].is_null());
}

const Advice& shop() {
  static const Advice advice =
      advise({{"r.test/shop:2", 3, 2, {{"Deployment", 1}}}, {"r.test/base:1", 1, 1, {}}},
             events({pulls("r.test/shop:2", 9, 1), pulls("r.test/new:1", 0, 2, 2500ms)}),
             {{"shop", "r.test/shop:2"}, {"old", "r.test/old:1"}});
  return advice;
}

TEST(AdviceTable, HasALineForEachImageAndSums) {
  EXPECT_EQ(
      advice_table(shop()),
      "IMAGE           ADVICE   PODS   NODES   HITS   PULLS   HIT RATE   PULL TIME   SIZE      "
      "SAVED   SPENT\n"
      "r.test/new:1    add      0      0       0      2       0%         2.5s        3.0 MiB   "
      "-       5s\n"
      "r.test/shop:2   keep     3      2       9      1       90%        4s          3.0 MiB   "
      "36s     4s\n"
      "r.test/old:1    drop     0      0       0      0       -          -           -         "
      "-       -\n"
      "r.test/base:1   -        1      1       0      0       -          -           -         "
      "-       -\n"
      "\n"
      "From 2026-11-30T12:00:00Z to 2026-11-30T12:58:28Z (58m28s), by 20 Events:\n"
      "Images of the list: 9 of 10 starts found the image on the node (90%).\n"
      "Other images: 0 of 2 starts found the image on the node (0%).\n"
      "All: 9 of 12 starts found the image on the node (75%).\n"
      "Saved by the list, estimated by 1 pull: at most 36s and 27 MiB, if each hit had been a "
      "pull; 8s and 6.0 MiB, if one on each node had.\n"
      "Spent on pulls of other images: 5s.\n");
}

TEST(AdviceTable, SaysWhatIsNotKnownAndWhatFailed) {
  PullRecords::Result result = events({pulls("r.test/a:1", 1, 1)});
  result.images["r.test/a:1"].failures = 1;
  result.span->untold = 3;
  EXPECT_THAT(advice_table(advise({}, std::move(result), {})),
              HasSubstr("1 try to pull failed.\n3 Events of pods with many images were joined with "
                        "others, and are not counted.\n"));
}

TEST(AdviceTable, WithoutEventsSaysSo) {
  EXPECT_THAT(advice_table(advise({}, {}, {})),
              HasSubstr("There are no Events of pulls: what was pulled is not known.\n"));
}

TEST(AdviceJson, HasTheSameAsNumbers) {
  const json found = advice_json(shop());
  EXPECT_EQ(found["span"], json::parse(R"({"from": "2026-11-30T12:00:00Z", "events": 20,
      "to": "2026-11-30T12:58:28Z", "untold": 0, "before": 0})"));
  EXPECT_EQ(found["total"],
            json::parse(R"({"hits": 9, "pulls": 3, "failedPulls": 0, "hitRate": 0.75,
      "hitsOfUnknownTime": 0, "samples": 2, "savedSeconds": 36.0, "savedBytes": 28311552,
      "savedSecondsOncePerNode": 8.0, "savedBytesOncePerNode": 6291456, "spentSeconds": 9.0})"));
  EXPECT_EQ(found["images"][1], json::parse(R"({"image": "r.test/shop:2", "name": "shop",
      "advice": "keep", "listed": true, "pods": 3, "nodes": 2, "workloads": {"Deployment": 1},
      "hits": 9, "hitsThatAsked": 0, "hitNodes": 2, "pulls": 1, "pullNodes": 1, "failedPulls": 0,
      "hitRate": 0.9, "samples": 1, "pullSeconds": 4.0, "bytes": 3145728, "savedSeconds": 36.0,
      "savedBytes": 28311552, "spentSeconds": 4.0})"));
  EXPECT_EQ(found["images"][0]["name"], "new");
  EXPECT_TRUE(found["images"][2]["name"].is_null());
  EXPECT_TRUE(advice_json(advise({}, {}, {}))["span"].is_null());
}

}  // namespace
}  // namespace kip::advise
