#include "metrics/submitter.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include <gmock/gmock.h>

#include "http/io_context.h"
#include "rpc/server.h"
#include "testing/on_loop.h"

namespace kip::metrics {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SubmitterTest : public testing::OnLoop {
 protected:
  SubmitterTest() : OnLoop(http::io_context()) {}

  // An aggregator that answers its first calls with these refusals.
  void serve(std::vector<rpc::Refusal> refusals = {}, const std::string& address = "127.0.0.1:0",
             std::string path = "/Metrics/Submit") {
    refusals_ = std::move(refusals);
    auto server = rpc::Server::listen(
        address,
        {.path = std::move(path),
         .on_message = [this](const std::string& bytes) -> std::optional<rpc::Refusal> {
           const std::lock_guard<std::mutex> lock(mutex_);
           if (!refusals_.empty()) {
             const auto refusal = refusals_.front();
             refusals_.erase(refusals_.begin());
             return refusal;
           }
           came_.push_back(*from_message(bytes));
           return std::nullopt;
         }},
        {});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    endpoint_.port = static_cast<std::uint16_t>(server_->port());
  }
  // How long it took to end, or nothing.
  std::optional<Duration> submit(const std::vector<PullResult>& results,
                                 const Submitter::Limits& limits) {
    const auto begun = loop_.now();
    bool is_over = false;
    std::optional<Submitter> submitter(std::in_place, loop_, endpoint_, limits);
    ::testing::internal::CaptureStderr();
    submitter->submit(results, [&] {
      is_over = true;
      submitter.reset();
    });
    run_until([&] { return is_over; });
    said_ = ::testing::internal::GetCapturedStderr();
    return is_over ? std::optional(loop_.now() - begun) : std::nullopt;
  }

  static constexpr Submitter::Limits quick = {
      .patience = 2s, .longest_attempt = 1s, .first_delay = 50ms};
  const std::vector<PullResult> two = {{.attempt_id = "1", .image = "a"},
                                       {.attempt_id = "2", .image = "b", .error = "no"}};
  std::mutex mutex_;
  std::vector<rpc::Refusal> refusals_;  // guarded by mutex_
  std::vector<PullResult> came_;        // guarded by mutex_
  http::ServerUrl endpoint_{.tls = false, .host = "127.0.0.1", .port = 1, .base_path = ""};
  std::string said_;
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(SubmitterTest, ResultsArriveInOneCall) {
  serve();
  ASSERT_TRUE(submit(two, quick));
  EXPECT_EQ(came_, two);
  EXPECT_THAT(said_, HasSubstr("results submitted"));
}

TEST_F(SubmitterTest, NoResultsNeedNoAggregator) {
  endpoint_.port = 1;
  EXPECT_LT(*submit({}, quick), 1s);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SubmitterTest, WhatFailsIsSentAgainWithTheSameIds) {
  serve({{rpc::Code::unavailable, "busy"}, {rpc::Code::internal, "broken"}});
  ASSERT_TRUE(submit(two, quick));
  EXPECT_EQ(came_, two);
  EXPECT_THAT(said_, HasSubstr("cannot submit the results; trying again"));
}

TEST_F(SubmitterTest, AnAggregatorThatComesLaterIsFound) {
  serve();
  const int port = server_->port();
  server_.reset();
  const auto later = loop_.after(500ms, [&] { serve({}, "127.0.0.1:" + std::to_string(port)); });
  ASSERT_TRUE(submit(two, {.patience = 10s, .longest_attempt = 1s, .first_delay = 200ms}));
  EXPECT_EQ(came_, two);
}

TEST_F(SubmitterTest, NobodyThereIsToldAndEndsInTime) {
  endpoint_.port = 1;
  const auto took = submit(two, {.patience = 1s, .longest_attempt = 1s, .first_delay = 100ms});
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 1500ms);
  EXPECT_THAT(said_, HasSubstr("the results could not be submitted"));
}

TEST_F(SubmitterTest, ANameThatIsNotThereIsToldAndEndsInTime) {
  endpoint_.host = "no-such-name.invalid";
  const auto took = submit(two, {.patience = 2s, .longest_attempt = 1s, .first_delay = 100ms});
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 2500ms);
  EXPECT_THAT(said_, HasSubstr("the results could not be submitted"));
}

TEST_F(SubmitterTest, ANameOfEtcHostsIsFound) {
  serve({}, "[::]:0");
  endpoint_.host = "localhost";
  ASSERT_TRUE(submit(two, quick));
  EXPECT_EQ(came_, two);
}

TEST_F(SubmitterTest, AnAggregatorThatHangsHoldsItNoLongerThanItsPatience) {
  std::atomic<bool> is_over = false;
  auto server = rpc::Server::listen("127.0.0.1:0",
                                    {.path = "/Metrics/Submit",
                                     .on_message =
                                         [&](const std::string&) {
                                           while (!is_over) std::this_thread::sleep_for(10ms);
                                           return std::optional<rpc::Refusal>();
                                         }},
                                    {});
  ASSERT_TRUE(server);
  endpoint_.port = static_cast<std::uint16_t>((*server)->port());
  const auto took = submit(two, {.patience = 1s, .longest_attempt = 500ms, .first_delay = 100ms});
  is_over = true;
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 2s);
  EXPECT_THAT(said_, HasSubstr("the results could not be submitted"));
}

TEST_F(SubmitterTest, WhatTakesNoResultsIsNotAskedAgain) {
  serve({}, "127.0.0.1:0", "/Other/Service");
  const auto took = submit(two, {.patience = 20s, .longest_attempt = 5s, .first_delay = 10s});
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 3s);
  EXPECT_THAT(said_, HasSubstr("unknown method /Metrics/Submit"));
}

TEST_F(SubmitterTest, TheDefaultsHoldAPodThirtySecondsAtMost) {
  const Submitter::Limits limits;
  EXPECT_LE(limits.patience, 30s);
  EXPECT_EQ(limits.first_delay, 10s);
}

}  // namespace
}  // namespace kip::metrics
