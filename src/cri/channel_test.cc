#include "rpc/channel.h"

#include <optional>
#include <thread>

#include "cri/testing/cri_test.h"

namespace kip::cri {
namespace {

using testing::FakeRuntime;
using namespace std::chrono_literals;

using Answer = Result<api::VersionResponse, Refusal>;

class ChannelTest : public testing::CriTest {
 protected:
  HandlePtr ask(std::optional<Answer>& into, Duration deadline = 10s) {
    return channel_->call(method::version, {}, {deadline},
                          [&into](const Answer& answer) { into.emplace(answer); });
  }
  // As often as it takes.
  bool is_answered_in_the_end() {
    std::optional<Answer> answer;
    HandlePtr call;
    return run_until([&] {
      if (answer && answer->ok()) return true;
      if (answer || !call) {
        answer.reset();
        call = ask(answer);
      }
      return false;
    });
  }
  static FakeRuntime::Reply a_version() {
    api::VersionResponse response;
    response.set_runtime_name("containerd");
    return FakeRuntime::answer(response);
  }
};

TEST_F(ChannelTest, AnAnswerComesFromTheLoop) {
  runtime_.on(method::version, a_version());
  std::optional<Answer> answer;
  const auto call = ask(answer);
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(answer);  // the loop did not run yet
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  ASSERT_TRUE(answer->ok());
  EXPECT_EQ((*answer)->runtime_name(), "containerd");
  const auto asked = runtime_.asked(method::version);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].metadata.at("containerd-namespace"), "k8s.io");
  EXPECT_FALSE(asked[0].metadata.contains("containerd-lease"));
}

TEST_F(ChannelTest, TheLoopRunsWhileACallIsUnderWay) {
  runtime_.on(method::version, a_version());
  std::optional<Answer> answer;
  const auto call = ask(answer);
  loop_.run();  // ends as nothing is left to do
  EXPECT_TRUE(answer.has_value());
}

TEST_F(ChannelTest, ADeadlineEndsACall) {
  runtime_.on(method::version, {.never = true});
  std::optional<Answer> answer;
  const auto call = ask(answer, 100ms);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }, 3s));
  ASSERT_FALSE(answer->ok());
  EXPECT_EQ(answer->error().code, Code::deadline_exceeded);
}

TEST_F(ChannelTest, ADestroyedHandleCancelsTheCallAndNothingComes) {
  runtime_.on(method::version, {.never = true});
  std::optional<Answer> answer;
  auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return !runtime_.asked(method::version).empty(); }));
  call.reset();
  EXPECT_TRUE(run_until([&] { return runtime_.cancelled() == 1; }));
  run_for(50ms);
  EXPECT_FALSE(answer.has_value());
}

TEST_F(ChannelTest, NothingComesOfAnAnswerThatOnlyWaitsForTheLoop) {
  runtime_.on(method::version, a_version());
  std::optional<Answer> answer;
  auto call = ask(answer);
  std::this_thread::sleep_for(100ms);  // the answer is posted, and the loop does not run
  call.reset();
  run_for(50ms);
  EXPECT_FALSE(answer.has_value());
}

TEST_F(ChannelTest, ACallbackMayDestroyItsHandleAndTheChannel) {
  runtime_.on(method::version, a_version());
  HandlePtr call;
  bool came = false;
  call = channel_->call(method::version, {}, {10s}, [&](const Answer&) {
    call.reset();
    channel_.reset();
    came = true;
  });
  EXPECT_TRUE(run_until([&] { return came; }));
}

TEST_F(ChannelTest, AChannelThatEndsAnswersNoCall) {
  runtime_.on(method::version, {.never = true});
  std::optional<Answer> answer;
  const auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return !runtime_.asked(method::version).empty(); }));
  channel_.reset();
  run_for(50ms);
  EXPECT_FALSE(answer.has_value());
}

TEST_F(ChannelTest, ARuntimeThatIsNotThereIsToldAtOnce) {
  channel_ = connect(loop_, runtime_.socket() + ".nowhere");
  std::optional<Answer> answer;
  const auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }, 3s));
  ASSERT_FALSE(answer->ok());
  EXPECT_EQ(answer->error().code, Code::unavailable);
  EXPECT_THAT(answer->error().message, ::testing::HasSubstr("failed to connect"));
}

TEST_F(ChannelTest, ARuntimeThatRestartsEndsItsCallsAndIsFoundAgain) {
  runtime_.on(method::version, {.never = true});
  std::optional<Answer> answer;
  const auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return !runtime_.asked(method::version).empty(); }));
  runtime_.stop();
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }, 3s));
  EXPECT_FALSE(answer->ok());
  runtime_.on(method::version, a_version());
  runtime_.start();
  const auto begin = loop_.now();
  EXPECT_TRUE(is_answered_in_the_end());
  EXPECT_LT(loop_.now() - begin, 10s);  // gRPC's own longest wait is two minutes
}

TEST_F(ChannelTest, AnAnswerThatIsNoMessageIsARefusal) {
  runtime_.on(method::version, {.bytes = "\x12\x7f"});
  std::optional<Answer> answer;
  const auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  ASSERT_FALSE(answer->ok());
  EXPECT_EQ(answer->error().code, Code::internal);
}

TEST_F(ChannelTest, AnAnswerOfMoreBytesThanTheKubeletTakesIsARefusal) {
  runtime_.on(method::version, {.bytes = std::string((16 << 20) + 1, 'x')});
  std::optional<Answer> answer;
  const auto call = ask(answer);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_FALSE(answer->ok());
}

}  // namespace
}  // namespace kip::cri
