#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RedirectTest : public ClientTest {
 protected:
  RedirectTest() { registry_.edit()->auth = Auth::basic; }

  // Those who are let in are sent to `location`.
  void send_to(const std::string& location, int status = 307) {
    registry_.edit()->trouble = [=](auto& peer, const auto& request) {
      return !request.authorization.empty() && !request.target.ends_with("/final") &&
             peer.answer(status, "", "Location: " + location + "\r\n");
    };
  }

  FakeRegistry other_{identity()};
};

TEST_F(RedirectTest, AnotherPathOfTheSameServerStillGetsCredentials) {
  send_to("/v2/a/b/manifests/final");
  ASSERT_TRUE(resolve({good_}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next", "HEAD /v2/a/b/manifests/next",
                                   "HEAD /v2/a/b/manifests/final"));
  EXPECT_NE(registry_.requests()[2].authorization, "");
}

TEST_F(RedirectTest, AnotherServerGetsNoCredentials) {
  for (const int status : {301, 302, 303, 307, 308}) {
    send_to(other_.url() + "/v2/c/manifests/next?signature=s3cret", status);
    ASSERT_TRUE(resolve({good_})) << status;
  }
  ASSERT_THAT(other_.requests(), SizeIs(5));
  for (const auto& request : other_.requests()) {
    EXPECT_EQ(request.authorization, "");
    EXPECT_EQ(request.target, "/v2/c/manifests/next?signature=s3cret");
  }
}

TEST_F(RedirectTest, NorDoesTheFirstOneOnTheWayBack) {
  other_.edit()->trouble = [&](auto& peer, const auto&) {
    return peer.answer(307, "", "Location: " + registry_.url() + "/v2/a/b/manifests/final\r\n");
  };
  send_to(other_.url() + "/v2/x/manifests/y");
  expect_failure(resolve({good_}), Kind::unauthorized);
  EXPECT_EQ(registry_.requests()[2].authorization, "");
}

TEST_F(RedirectTest, AnotherServersChallengeGetsNoCredentialsEither) {
  other_.edit()->auth = Auth::basic;
  send_to(other_.url() + "/v2/x/manifests/y");
  expect_failure(resolve({good_}), Kind::unauthorized, other_.domain());
  for (const auto& request : other_.requests()) EXPECT_EQ(request.authorization, "");
}

TEST_F(RedirectTest, ACircleEnds) {
  send_to("/v2/a/b/manifests/next");
  expect_failure(resolve({good_}), Kind::bad_answer, "go in a circle");
  EXPECT_THAT(asked(), SizeIs(2));
}

TEST_F(RedirectTest, AChainWithoutEndEnds) {
  std::atomic<int> count = 0;
  registry_.edit()->trouble = [&](auto& peer, const auto& request) {
    return !request.authorization.empty() &&
           peer.answer(302, "", "Location: ?s3cret=" + std::to_string(count++) + "\r\n");
  };
  expect_failure(resolve({good_}), Kind::bad_answer, "the 6. redirect");
}

TEST_F(RedirectTest, PlainHttpIsNotGoneToUnlessItIsListed) {
  FakeRegistry plain;
  send_to(plain.url() + "/v2/a/b/manifests/next?s3cret");
  expect_failure(resolve({good_}), Kind::untrusted, "not in INSECURE_REGISTRIES");
  EXPECT_THAT(plain.requests(), IsEmpty());
  client_.reset();
  options_.insecure = *InsecureRegistries::parse(plain.domain());
  EXPECT_TRUE(resolve({good_}));
  EXPECT_EQ(plain.requests().at(0).authorization, "");
}

TEST_F(RedirectTest, WhereItCannotGoIsSaidWithoutItsQuery) {
  for (const auto* location : {"ftp://x/?s3cret", "https://:0/?s3cret", "https://u:s3cret@x/"}) {
    send_to(location);
    expect_failure(resolve({good_}), Kind::bad_answer, "a Location that cannot be followed");
  }
}

TEST_F(RedirectTest, AServerThatIsNotThereIsNamedWithoutTheQuery) {
  std::string gone;
  {
    FakeRegistry closed;
    gone = closed.domain();
  }
  send_to("https://" + gone + "/x?s3cret");
  expect_failure(resolve({good_}), Kind::unreachable, "\"/x\" at " + gone);
}

TEST_F(RedirectTest, AnotherServersLimitIsNotTheRegistrys) {
  other_.edit()->trouble = [](auto& peer, const auto&) { return peer.answer(429, ""); };
  send_to(other_.url() + "/x");
  expect_failure(resolve({good_}), Kind::rate_limited);
  EXPECT_EQ(client().delay_of(registry_.domain()), Duration::zero());
}

TEST_F(RedirectTest, ATokenServerThatSendsElsewhereIsNotFollowed) {
  registry_.edit()->auth = Auth::bearer;
  registry_.edit()->trouble = [&](auto& peer, const auto& request) {
    return request.target.starts_with("/token") &&
           peer.answer(302, "", "Location: " + other_.url() + "/token\r\n");
  };
  expect_failure(resolve({good_}), Kind::bad_answer, "answered 302");
  EXPECT_EQ(other_.connections(), 0);
}

}  // namespace
}  // namespace kip::registry
