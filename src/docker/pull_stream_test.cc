#include "docker/pull_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::docker {
namespace {

using runtime::Progress;
using ::testing::HasSubstr;

// As Docker 20.10 told it, without the bars.
constexpr const char* whole_pull =
    R"({"status":"Pulling from team/img1","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"e7f8f269a78c"}
{"status":"Already exists","progressDetail":{},"id":"111111111111"}
{"status":"Downloading","progressDetail":{"current":131072,"total":10489201},"id":"579e868191af"}
{"status":"Downloading","progressDetail":{"current":3680,"total":5184},"id":"200161356cd1"}
{"status":"Downloading","progressDetail":{"current":5184,"total":5184},"id":"200161356cd1"}
{"status":"Verifying Checksum","progressDetail":{},"id":"200161356cd1"}
{"status":"Download complete","progressDetail":{},"id":"200161356cd1"}
{"status":"Download complete","progressDetail":{},"id":"579e868191af"}
{"status":"Extracting","progressDetail":{"current":32768,"total":10489201},"id":"579e868191af"}
{"status":"Pull complete","progressDetail":{},"id":"e7f8f269a78c"}
{"status":"Digest: sha256:ee9e8fb42e6729b7b7e88ab0cac7ee1ccf63898e39b33c6dc240b08187c28231"}
{"status":"Status: Downloaded newer image for r.test/team/img1:1"}
)";

struct Told {
  Progress progress;
  std::optional<std::string> error;
};

Told told_of(const std::string& text, std::size_t piece = 1000000) {
  PullStream stream;
  for (std::size_t i = 0; i < text.size(); i += piece) stream.feed(text.substr(i, piece));
  auto error = stream.end();
  return {stream.progress(), std::move(error)};
}

TEST(PullStream, ProgressIsTheSumOfTheLayers) {
  PullStream stream;
  EXPECT_EQ(stream.progress(), Progress{});
  stream.feed(R"({"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"a"})"
              "\r\n"
              R"({"status":"Downloading","progressDetail":{"current":5,"total":50},"id":"b"})"
              "\r\n");
  EXPECT_EQ(stream.progress(), (Progress{15, 150}));
  stream.feed(R"({"status":"Downloading","progressDetail":{"current":60,"total":100},"id":"a"})"
              "\r\n");
  EXPECT_EQ(stream.progress(), (Progress{65, 150}));
  stream.feed("{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"a\"}\r\n");
  EXPECT_EQ(stream.progress(), (Progress{105, 150}));
  EXPECT_EQ(stream.end(), std::nullopt);
}

TEST(PullStream, ATotalThatWasToldOnceStays) {
  PullStream stream;
  stream.feed(R"({"status":"Downloading","progressDetail":{"current":60,"total":100},"id":"a"})"
              "\n"
              R"({"status":"Retrying in 5 seconds","progressDetail":{},"id":"a"})"
              "\n"
              R"({"status":"Downloading","progressDetail":{"current":5},"id":"a"})"
              "\n");
  EXPECT_EQ(stream.progress(), (Progress{5, 100}));
}

TEST(PullStream, AWholePullMayBeCutAnywhere) {
  for (const std::size_t piece : {1U, 2U, 7U, 100U, 100000U}) {
    const auto told = told_of(whole_pull, piece);
    EXPECT_EQ(told.progress, (Progress{10489201 + 5184, 10489201 + 5184})) << piece;
    EXPECT_EQ(told.error, std::nullopt) << piece;
  }
}

TEST(PullStream, AnImageThatIsUpToDateHasNoBytes) {
  const auto told = told_of(
      "{\"status\":\"Digest: sha256:1b\"}\r\n{\"status\":\"Status: Image is up to date for "
      "a\"}\r\n");
  EXPECT_EQ(told.progress, Progress{});
  EXPECT_EQ(told.error, std::nullopt);
}

TEST(PullStream, TheLastLineMayTellOfAnError) {
  const std::string begin = "{\"status\":\"Pulling from a\"}\r\n";
  const struct {
    const char *line, *words;
  } cases[] = {
      {R"({"errorDetail":{"message":"no space left"},"error":"no space left"})", "no space left"},
      {R"({"errorDetail":{"code":1,"message":"no space left"}})", "no space left"},
      {R"({"error":"no space left"})", "no space left"},
      {R"({"errorDetail":{}})", "the Docker Engine tells of an error, and not of which"},
      {R"({"error":5})", "the Docker Engine tells of an error, and not of which"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(told_of(begin + each.line + "\r\n").error, each.words);
    EXPECT_EQ(told_of(begin + each.line).error, each.words);  // without a line end
  }
}

TEST(PullStream, ALineThatCannotBeReadIsNoSuccess) {
  for (const auto* line :
       {"{\"status\":\"Pull", "no JSON", "[1]", "null", "{\"a\":\"\xff\"}", "\x01"})
    EXPECT_THAT(told_of(std::string(line) + "\n{\"status\":\"Status: x\"}\n").error,
                ::testing::Optional(HasSubstr("is no JSON object")))
        << line;
}

TEST(PullStream, AnErrorBeforeABrokenLineIsTheOneThatCounts) {
  EXPECT_EQ(told_of("{\"error\":\"first\"}\nbroken\n{\"error\":\"last\"}\n").error, "first");
}

TEST(PullStream, ALongLineIsTakenAndAnEndlessOneIsNot) {
  const std::string words(500000, 'x');
  EXPECT_EQ(told_of("{\"error\":\"" + words + "\"}\n", 1000).error, words);
  EXPECT_EQ(told_of(std::string(PullStream::max_line + 10, 'x'), 1000).error,
            "a line of the Docker Engine's answer is too long");
}

TEST(PullStream, OddNumbersAreNoProgress) {
  const auto told = told_of(
      "{\"status\":\"Downloading\",\"id\":\"a\",\"progressDetail\":{\"current\":-5,\"total\":\"x\"}"
      "}\n"
      "{\"status\":\"Downloading\",\"id\":7,\"progressDetail\":null}\n"
      "{\"status\":\"Downloading\",\"id\":\"c\",\"progressDetail\":{\"current\":9}}\n"
      "{\"status\":5}\n{}\n\n\r\n");
  EXPECT_EQ(told.progress, (Progress{9, 9}));
  EXPECT_EQ(told.error, std::nullopt);
}

}  // namespace
}  // namespace kip::docker
