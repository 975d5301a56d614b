#include "metrics/aggregator.h"

#include <future>

#include <gmock/gmock.h>

#include "base/json.h"
#include "metrics/submit_method.h"
#include "metrics/testing/http_client.h"
#include "rpc/channel.h"
#include "testing/on_loop.h"

namespace kip::metrics {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;

class AggregatorTest : public testing::OnLoop {
 protected:
  using Answer = Result<wire::Empty, rpc::Refusal>;

  void listen(const Aggregator::Limits& limits) {
    channel_.reset();
    aggregator_.reset();
    auto made = Aggregator::listen(loop_, {.grpc = 0, .http = 0}, limits);
    ASSERT_TRUE(made) << made.error().message;
    aggregator_ = std::move(*made);
    channel_ = connect();
  }
  void SetUp() override { listen({}); }

  std::unique_ptr<rpc::Channel> connect() {
    return std::make_unique<rpc::Channel>(
        loop_, rpc::at_address("127.0.0.1", static_cast<std::uint16_t>(aggregator_->grpc_port())));
  }
  std::optional<Answer> submit(std::vector<std::string> messages, const char* path = nullptr) {
    std::optional<Answer> answer;
    const auto method = path ? rpc::Method<wire::Result, wire::Empty>{path} : submit_method;
    const auto call = channel_->stream(method, std::move(messages), {10s},
                                       [&](const Answer& got) { answer.emplace(got); });
    run_until([&] { return answer.has_value(); });
    return answer;
  }
  bool is_taken(std::vector<std::string> messages) {
    const auto answer = submit(std::move(messages));
    return answer && answer->ok();
  }
  std::string refusal(std::vector<std::string> messages, const char* path = nullptr) {
    const auto answer = submit(std::move(messages), path);
    return !answer || answer->ok() ? "taken" : answer->error().message;
  }

  HttpAnswer exchange(const std::string& request) {
    auto asked = std::async(std::launch::async, [port = aggregator_->http_port(), request] {
      return testing::parse_answer(testing::http_exchange(port, request));
    });
    run_until([&] { return asked.wait_for(0s) == std::future_status::ready; });
    return asked.get();
  }
  HttpAnswer get(const std::string& path, const std::string& headers = "") {
    return exchange("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  }

  std::unique_ptr<Aggregator> aggregator_;
  std::unique_ptr<rpc::Channel> channel_;
};

// As image-prefetcher sends it: by hand, of the description of its message.
const std::string by_hand =
    "\x0A\x01"
    "1"             // attempt_id
    "\x10\xAC\x02"  // started_at: 300
    "\x1A\x09"
    "busybox:1"     // image
    "\x28\x96\x01"  // duration_ms: 150
    "\x32\x02"
    "n1"          // node
    "\x38\x07"s;  // size_bytes

TEST_F(AggregatorTest, WhatAgentsSendIsServedAsJson) {
  ASSERT_TRUE(is_taken({by_hand, to_message({.attempt_id = "2", .error = "not found"})}));
  const auto answer = get("/metrics");
  EXPECT_THAT(answer.head, HasSubstr("200 OK"));
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_EQ(answer.body,
            R"([{"attempt_id":"1","started_at":300,"image":"busybox:1","duration_ms":150,)"
            R"("node":"n1","size_bytes":7},{"attempt_id":"2","error":"not found"}])"
            "\n");
}

TEST_F(AggregatorTest, AResultThatIsSentAgainIsThereOnce) {
  ASSERT_TRUE(is_taken({by_hand}));
  ASSERT_TRUE(is_taken({by_hand, to_message({.attempt_id = "2"})}));
  EXPECT_EQ(parse_json(get("/metrics").body).size(), 2U);
}

TEST_F(AggregatorTest, PrometheusGetsItsOwnText) {
  ASSERT_TRUE(is_taken({by_hand}));
  const auto answer = get("/metrics", "Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n");
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer.body,
              HasSubstr("{image=\"busybox:1\",node=\"n1\",result=\"succeeded\"} 0.150\n"));
}

TEST_F(AggregatorTest, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(get("/healthz").body, "ok\n");
  EXPECT_EQ(get("/healthz?verbose").body, "ok\n");
  for (const char* path : {"/", "/metrics/", "/metricsx", "/../metrics", "*"})
    EXPECT_THAT(get(path).head, HasSubstr(" 404 ")) << path;
  for (const char* method : {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"}) {
    const auto answer = exchange(std::string(method) + " /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(answer.head, HasSubstr(" 405 ")) << method;
    EXPECT_THAT(answer.head, HasSubstr("Allow: GET\r\n")) << method;
  }
}

TEST_F(AggregatorTest, GarbageIsRefusedAndWhatCameBeforeIsKept) {
  EXPECT_THAT(refusal({by_hand, "\x0A\x7F"}), HasSubstr("the message is no Result"));
  EXPECT_THAT(refusal({by_hand}, "/Metrics/Forget"), HasSubstr("unknown method"));
  EXPECT_THAT(refusal({std::string(2 << 20, 'x')}), HasSubstr("larger than max"));
  EXPECT_TRUE(is_taken({}));
  for (const auto& garbage : {"GET /metrics HTTP/1.1\r\n\r\n"s,
                              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s + std::string(1000, '\xFF')}) {
    const HttpClient client(aggregator_->grpc_port());
    client.write(garbage);
    run_for(50ms);
  }
  EXPECT_TRUE(is_taken({to_message({.attempt_id = "2"})}));
  EXPECT_EQ(parse_json(get("/metrics").body).size(), 2U);
}

TEST_F(AggregatorTest, AHugeStreamIsTakenAndTheLastOfItKept) {
  listen({.results = {.results = 1000}});
  std::vector<std::string> messages;
  for (int i = 0; i < 20'000; ++i)
    messages.push_back(
        to_message({.attempt_id = std::to_string(i), .error = std::string(100, 'x')}));
  ASSERT_TRUE(is_taken(std::move(messages)));
  const json all = parse_json(get("/metrics").body);
  ASSERT_EQ(all.size(), 1000U);
  EXPECT_EQ(all[0]["attempt_id"], "19000");
  EXPECT_EQ(all[999]["attempt_id"], "19999");
}

TEST_F(AggregatorTest, ManyNodesSendAtTheSameTime) {
  constexpr int nodes = 100;
  std::vector<std::unique_ptr<rpc::Channel>> channels;
  std::vector<HandlePtr> calls;
  int answered = 0, taken = 0;
  for (int i = 0; i < nodes; ++i) {
    channels.push_back(connect());
    std::vector<std::string> messages;
    for (int k = 0; k < 20; ++k)
      messages.push_back(to_message({.attempt_id = std::to_string(i) + "/" + std::to_string(k)}));
    calls.push_back(channels.back()->stream(submit_method, std::move(messages), {15s},
                                            [&](const Answer& answer) {
                                              ++answered;
                                              taken += answer ? 1 : 0;
                                            }));
  }
  run_until([&] { return answered == nodes; });
  EXPECT_EQ(taken, nodes);
  EXPECT_EQ(aggregator_->results().counts().kept, 2000U);
}

TEST_F(AggregatorTest, ManyIdleConnectionsKeepNobodyOut) {
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 200; ++i)
    idle.push_back(std::make_unique<HttpClient>(aggregator_->grpc_port()));
  run_for(100ms);
  EXPECT_TRUE(is_taken({by_hand}));
}

TEST_F(AggregatorTest, EndsAtOnceWhileAClientIsStillSending) {
  std::optional<Answer> answer;
  const auto call = channel_->stream(submit_method, std::vector<std::string>(1'000'000, by_hand),
                                     {30s}, [&](const Answer& got) { answer.emplace(got); });
  ASSERT_TRUE(run_until([&] { return aggregator_->results().counts().received > 0; }));
  const auto begun = loop_.now();
  aggregator_.reset();
  EXPECT_LT(loop_.now() - begun, 2s);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_FALSE(answer->ok());
}

TEST_F(AggregatorTest, APortThatIsTakenIsTold) {
  const auto port = static_cast<std::uint16_t>(aggregator_->grpc_port());
  const auto second = Aggregator::listen(loop_, {.grpc = port, .http = 0}, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(port)));
}

}  // namespace
}  // namespace kip::metrics
