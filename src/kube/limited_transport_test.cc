#include "kube/limited_transport.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "testing/fake_scheduler.h"

namespace kip::kube {
namespace {

using testing::FakeScheduler;

// Takes requests and answers when a test says so.
class Manual : public http::Transport {
 public:
  HandlePtr send(http::Request request, std::function<void(http::Answer)> done) override {
    begun.push_back(request.path);
    return hold(request.path, std::move(done));
  }
  HandlePtr stream(http::Request request, std::function<void(std::string_view)>,
                   std::function<void(http::Answer)> on_end) override {
    ++streams;
    return hold(request.path, std::move(on_end));
  }
  void answer(std::string path) {  // by value: it may be a key of `open`
    const auto done = open.at(path);
    open.erase(path);
    done(http::Response{200, path});
  }

  std::vector<std::string> begun;
  std::map<std::string, std::function<void(http::Answer)>> open;
  int streams = 0;

 private:
  struct Held : Handle {
    Held(Manual& of, std::string name) : manual(of), path(std::move(name)) {}
    ~Held() override { manual.open.erase(path); }
    Manual& manual;
    std::string path;
  };
  HandlePtr hold(const std::string& path, std::function<void(http::Answer)> done) {
    open[path] = std::move(done);
    return std::make_unique<Held>(*this, path);
  }
};

class LimitedTransportTest : public ::testing::Test {
 protected:
  HandlePtr ask(const std::string& path, const std::string& method = "GET") {
    return limited_->send({.method = method, .path = path},
                          [this, path](const http::Answer& answer) {
                            ASSERT_TRUE(answer);
                            EXPECT_EQ(answer->body, path);
                            answered_.push_back(path);
                          });
  }
  using Paths = std::vector<std::string>;

  Manual inner_;
  FakeScheduler scheduler_;
  std::unique_ptr<LimitedTransport> limited_ =
      std::make_unique<LimitedTransport>(inner_, scheduler_, 2);
  Paths answered_;
};

TEST_F(LimitedTransportTest, WhatIsOverTheLimitWaitsAndGoesInOrder) {
  const auto a = ask("a"), b = ask("b"), c = ask("c"), d = ask("d");
  EXPECT_EQ(inner_.begun, (Paths{"a", "b"}));
  inner_.answer("b");
  EXPECT_EQ(inner_.begun, (Paths{"a", "b", "c"}));
  inner_.answer("a");
  inner_.answer("d");
  inner_.answer("c");
  EXPECT_EQ(answered_, (Paths{"b", "a", "d", "c"}));
  EXPECT_TRUE(inner_.open.empty());
}

TEST_F(LimitedTransportTest, AThousandAtOnceAreNeverMoreThanTheLimit) {
  std::vector<HandlePtr> handles;
  for (int i = 0; i < 1000; ++i) handles.push_back(ask(std::to_string(i)));
  while (!inner_.open.empty()) {
    EXPECT_LE(inner_.open.size(), 2U);
    inner_.answer(inner_.open.begin()->first);
  }
  EXPECT_EQ(answered_.size(), 1000U);
}

TEST_F(LimitedTransportTest, AWaitingRequestThatIsGivenUpIsNeverSent) {
  const auto a = ask("a"), b = ask("b");
  auto c = ask("c");
  const auto d = ask("d");
  c.reset();
  inner_.answer("a");
  EXPECT_EQ(inner_.begun, (Paths{"a", "b", "d"}));
}

TEST_F(LimitedTransportTest, ARunningRequestThatIsGivenUpFreesItsPlace) {
  auto a = ask("a");
  const auto b = ask("b"), c = ask("c");
  a.reset();
  EXPECT_EQ(inner_.open.count("a"), 0U);
  scheduler_.advance(Duration::zero());
  EXPECT_EQ(inner_.begun, (Paths{"a", "b", "c"}));
  inner_.answer("c");
  EXPECT_EQ(answered_, Paths{"c"});
}

TEST_F(LimitedTransportTest, GivingUpAllOfThemSendsNoneOfThoseThatWaited) {
  std::vector<HandlePtr> handles;
  for (const char* path : {"a", "b", "c", "d"}) handles.push_back(ask(path));
  handles.clear();
  scheduler_.advance(Duration::zero());
  EXPECT_EQ(inner_.begun, (Paths{"a", "b"}));
  const auto e = ask("e");
  EXPECT_EQ(inner_.begun.back(), "e");
}

TEST_F(LimitedTransportTest, SlowWritesOfOneNamespaceLeaveRoomForOthers) {
  limited_ = std::make_unique<LimitedTransport>(inner_, scheduler_, 8);
  std::vector<HandlePtr> handles;
  for (int i = 0; i < 20; ++i)
    handles.push_back(ask("/api/v1/namespaces/slow/x/" + std::to_string(i), "PUT"));
  EXPECT_EQ(inner_.open.size(), 2U) << "a quarter";
  handles.push_back(ask("/api/v1/namespaces/quick/x/0", "PUT"));
  handles.push_back(ask("/api/v1/namespaces/slow/x"));
  EXPECT_EQ(inner_.open.size(), 4U);
  for (int i = 0; i < 20; ++i)
    handles.push_back(ask("/api/v1/namespaces/n" + std::to_string(i) + "/x/0", "PUT"));
  handles.push_back(ask("/api/v1/pods"));
  EXPECT_EQ(inner_.begun.back(), "/api/v1/pods") << "a read has a place where all writes are slow";
  while (!inner_.open.empty()) inner_.answer(inner_.open.begin()->first);
  EXPECT_EQ(answered_.size(), handles.size());
}

TEST_F(LimitedTransportTest, StreamsPass) {
  const auto a = ask("a"), b = ask("b");
  const auto watch = limited_->stream(
      {.path = "w"}, [](std::string_view) {}, [](const http::Answer&) {});
  EXPECT_EQ(inner_.streams, 1);
}

TEST_F(LimitedTransportTest, AnAnswerMayEndItsHandleAndAskForMore) {
  HandlePtr first, second;
  first = limited_->send({.path = "first"}, [&](const http::Answer&) {
    first.reset();
    second = ask("second");
  });
  inner_.answer("first");
  inner_.answer("second");
  EXPECT_EQ(answered_, Paths{"second"});
}

TEST_F(LimitedTransportTest, ItCanGoBeforeItsHandles) {
  const auto a = ask("a"), b = ask("b"), c = ask("c");
  limited_.reset();
  EXPECT_TRUE(inner_.open.empty());
  scheduler_.advance(Duration::zero());
  EXPECT_EQ(inner_.begun, (Paths{"a", "b"}));
}

}  // namespace
}  // namespace kip::kube
