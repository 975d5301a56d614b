#include "metrics/pages.h"

#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "base/json.h"

namespace kip::metrics {
namespace {

using ::testing::HasSubstr;

std::string all_of(const Pages& pages, int* count = nullptr) {
  std::string all;
  for (std::string page = pages(); !page.empty(); page = pages()) {
    EXPECT_LT(page.size(), 100U << 10);
    all += page;
    if (count) ++*count;
  }
  return all;
}

const PullResult pulled{.attempt_id = "00010203-0405-4607-8809-0a0b0c0d0e0f",
                        .started_at = 1'700'000'000,
                        .image = "quay.io/a/b:1",
                        .duration_ms = 1234,
                        .node = "n1",
                        .size_bytes = 18'446'744'073'709'551'615U};
const PullResult failed{.attempt_id = "x",
                        .started_at = 1'700'000'001,
                        .image = "quay.io/a/c:1",
                        .error = "\"c\" <not>\nfound",
                        .duration_ms = 7,
                        .node = "n1"};

TEST(Json, HasTheNamesOfTheContractNumbersAsNumbersAndNoZeroes) {
  EXPECT_EQ(json_of(pulled),
            R"({"attempt_id":"00010203-0405-4607-8809-0a0b0c0d0e0f","started_at":1700000000,)"
            R"("image":"quay.io/a/b:1","duration_ms":1234,"node":"n1",)"
            R"("size_bytes":18446744073709551615})");
  EXPECT_EQ(json_of(failed), R"({"attempt_id":"x","started_at":1700000001,"image":"quay.io/a/c:1",)"
                             R"("error":"\"c\" <not>\nfound","duration_ms":7,"node":"n1"})");
  EXPECT_EQ(json_of({}), "{}");
}

TEST(Json, OfNoResultsIsAnEmptyArray) {
  const Results none;
  EXPECT_EQ(all_of(pages_of(none, Form::json)), "[]\n");
}

TEST(Json, OfManyResultsComesInPages) {
  Results results;
  for (int i = 0; i < 5000; ++i)
    results.add({.attempt_id = std::to_string(i), .image = "quay.io/a/b:1", .node = "n1"});
  int pages = 0;
  const json all = parse_json(all_of(pages_of(results, Form::json), &pages));
  ASSERT_TRUE(all.is_array());
  EXPECT_EQ(all.size(), 5000U);
  EXPECT_EQ(all[4999]["attempt_id"], "4999");
  EXPECT_GT(pages, 3);
}

TEST(Json, ThatIsReadWhileResultsComeAndGoHasEachOnce) {
  Results results({.results = 3000});
  auto add = [&, next = 0](int count) mutable {
    for (int i = 0; i < count; ++i)
      results.add({.attempt_id = std::to_string(next++), .image = "quay.io/a/b:1"});
  };
  add(3000);
  const auto pages = pages_of(results, Form::json);
  std::string text = pages();
  add(2500);
  text += all_of(pages);
  const json all = parse_json(text);
  ASSERT_TRUE(all.is_array());
  std::set<std::string> ids;
  for (const auto& each : all) ids.insert(each["attempt_id"]);
  EXPECT_EQ(ids.size(), all.size());
  EXPECT_TRUE(ids.contains("5499"));
}

TEST(Prometheus, HasTheLastAttemptOfEachImageOnEachNode) {
  Results results;
  PullResult before = pulled;
  before.attempt_id = "before";
  before.started_at -= 60;
  before.error = "no";
  results.add(before);
  results.add(pulled);
  results.add(failed);
  EXPECT_EQ(
      all_of(pages_of(results, Form::prometheus)),
      R"(# HELP image_puller_pull_duration_seconds How long the last attempt to pull the image on the node took.
# TYPE image_puller_pull_duration_seconds gauge
image_puller_pull_duration_seconds{image="quay.io/a/b:1",node="n1",result="succeeded"} 1.234
image_puller_pull_duration_seconds{image="quay.io/a/c:1",node="n1",result="failed"} 0.007
# HELP image_puller_pull_started_timestamp_seconds When the last attempt to pull the image on the node began.
# TYPE image_puller_pull_started_timestamp_seconds gauge
image_puller_pull_started_timestamp_seconds{image="quay.io/a/b:1",node="n1",result="succeeded"} 1700000000
image_puller_pull_started_timestamp_seconds{image="quay.io/a/c:1",node="n1",result="failed"} 1700000001
# HELP image_puller_pull_failed 1 if the last attempt to pull the image on the node failed, else 0.
# TYPE image_puller_pull_failed gauge
image_puller_pull_failed{image="quay.io/a/b:1",node="n1",result="succeeded"} 0
image_puller_pull_failed{image="quay.io/a/c:1",node="n1",result="failed"} 1
# HELP image_puller_image_size_bytes Size of the image on the node, as its container runtime counts it.
# TYPE image_puller_image_size_bytes gauge
image_puller_image_size_bytes{image="quay.io/a/b:1",node="n1",result="succeeded"} 18446744073709551615
# HELP image_puller_results_received_total Results that agents sent.
# TYPE image_puller_results_received_total counter
image_puller_results_received_total 3
# HELP image_puller_results_dropped_total Results that were dropped, the oldest first.
# TYPE image_puller_results_dropped_total counter
image_puller_results_dropped_total 0
# HELP image_puller_results Results that are kept.
# TYPE image_puller_results gauge
image_puller_results 3
)");
}

TEST(Prometheus, LabelsAreEscaped) {
  Results results;
  results.add({.image = "a\"b\\c\nd"});
  EXPECT_THAT(all_of(pages_of(results, Form::prometheus)),
              HasSubstr(R"(image="a\"b\\c\nd",node="")"));
}

TEST(Prometheus, OfManyResultsComesInPagesAndEachFamilyHasOneHead) {
  Results results;
  for (int i = 0; i < 3000; ++i)
    results.add({.attempt_id = std::to_string(i), .image = std::to_string(i), .size_bytes = 1});
  int pages = 0;
  const std::string all = all_of(pages_of(results, Form::prometheus), &pages);
  EXPECT_GT(pages, 5);
  std::map<std::string, int> lines;
  std::istringstream text(all);
  for (std::string line; std::getline(text, line);) ++lines[line];
  EXPECT_EQ(lines.size(), 4U * 3002 + 9);
  for (const auto& [line, count] : lines) EXPECT_EQ(count, 1) << line;
}

TEST(OpenMetrics, NamesCountersAsItsOwnAndHasAnEnd) {
  const Results none;
  const std::string all = all_of(pages_of(none, Form::openmetrics));
  EXPECT_THAT(all, HasSubstr("# TYPE image_puller_results_received counter\n"
                             "image_puller_results_received_total 0\n"));
  EXPECT_TRUE(all.ends_with("# EOF\n"));
}

TEST(Accept, WhoAsksForNothingElseGetsJson) {
  for (const char* accept :
       {"", "*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8",
        "application/json, text/plain, */*", "text/plain", "garbage;;q=,",
        "text/plain;version=0.0.4;q=0", "text/plain;version=0.0.4;q=x",
        "application/json, text/plain;version=0.0.4;q=0.5"})
    EXPECT_EQ(form_for(accept), Form::json) << accept;
}

TEST(Accept, PrometheusAndItsLikesGetWhatTheyLikeBest) {
  EXPECT_EQ(form_for("text/plain;version=0.0.4"), Form::prometheus);
  EXPECT_EQ(form_for("Text/Plain; charset=utf-8; version=0.0.4;q=1,*/*;q=0.1"), Form::prometheus);
  EXPECT_EQ(form_for("application/openmetrics-text"), Form::openmetrics);
  EXPECT_EQ(form_for("application/openmetrics-text;version=1.0.0;q=0.5,"
                     "application/openmetrics-text;version=0.0.1;q=0.4,"
                     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            Form::openmetrics);
  EXPECT_EQ(form_for("application/openmetrics-text;q=0.2,text/plain;version=0.0.4;q=0.3"),
            Form::prometheus);
}

}  // namespace
}  // namespace kip::metrics
