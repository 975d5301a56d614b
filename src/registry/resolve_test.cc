#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class ResolveTest : public ClientTest {};

TEST_F(ResolveTest, ATagsDigestComesFromOneHead) {
  const auto resolved = resolve();
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->digest.text(), digest());
  EXPECT_EQ(resolved->media_type, "application/vnd.oci.image.index.v1+json");
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next"));
  const auto request = registry_.requests()[0];
  EXPECT_EQ(request.header("Accept"), manifest_types);
  EXPECT_EQ(request.authorization, "");
}

TEST_F(ResolveTest, WithoutATagItIsLatest) {
  ASSERT_TRUE(resolve(image("a/b")));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/latest"));
}

TEST_F(ResolveTest, AReferenceByDigestIsAskedForByIt) {
  const auto reference = "a/b:next@" + digest();
  ASSERT_TRUE(resolve(image(reference)));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/" + digest()));
  registry_.edit()->manifest += " ";
  expect_failure(resolve(image(reference)), Kind::bad_answer, "expected sha256:");
  registry_.edit()->hides_digest = true;
  expect_failure(resolve(image(reference)), Kind::bad_answer, "expected sha256:");
}

TEST_F(ResolveTest, WhereTheDigestIsMissingItIsThatOfTheBody) {
  registry_.edit()->hides_digest = true;
  const auto resolved = resolve();
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->digest.text(), digest());
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next", "GET /v2/a/b/manifests/next"));
}

TEST_F(ResolveTest, ABodyOfAnotherDigestThanItsHeadersIsNotTaken) {
  registry_.edit()->hides_digest = true;
  registry_.edit()->more_headers =
      "X-Not: it\r\nDocker-Content-Digest: sha256:" + std::string(64, 'a') + "\r\n";
  registry_.edit()->media_type = "application/json";  // so HEAD does not tell
  expect_failure(resolve(), Kind::bad_answer, "expected sha256:aaaa");
}

TEST_F(ResolveTest, AProxyThatKnowsNoHeadIsAskedByGet) {
  registry_.edit()->trouble = [](auto& peer, const auto& request) {
    return request.method == "HEAD" && peer.answer(405, "");
  };
  EXPECT_TRUE(resolve());
}

TEST_F(ResolveTest, AManifestOfSchemaOneIsNone) {
  registry_.edit()->media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  registry_.edit()->manifest = R"({"schemaVersion":1})";
  expect_failure(resolve(), Kind::bad_answer, "is no manifest of schema 2");
}

TEST_F(ResolveTest, ConnectionsAreKept) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(resolve());
  EXPECT_EQ(registry_.connections(), 1);
}

TEST_F(ResolveTest, OneRequestAtATimeIsUnderWayAndAllAreAnswered) {
  std::atomic<int> running = 0, most = 0;
  registry_.edit()->trouble = [&](auto&, const auto&) {
    most = std::max<int>(most, ++running);
    std::this_thread::sleep_for(5ms);
    --running;
    return false;
  };
  std::vector<HandlePtr> handles;
  handles.reserve(6);
  int answered = 0;
  for (int i = 0; i < 5; ++i)
    handles.push_back(client().resolve(image("a/b:" + std::to_string(i)), {}, [&](auto result) {
      EXPECT_TRUE(result);
      if (++answered == 5) loop_.stop();
    }));
  handles.erase(handles.begin() + 2);  // given up before its turn
  handles.push_back(client().resolve(image(), {}, [&](auto) {
    if (++answered == 5) loop_.stop();
  }));
  run();
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(most, 1);
}

TEST_F(ResolveTest, ALimitDelaysTheRegistryAndNoOther) {
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    return peer.answer(429, "", "Retry-After: 100\r\n");
  };
  const auto limited = resolve();
  expect_failure(limited, Kind::rate_limited, "answered 429");
  EXPECT_EQ(limited.error().retry_after, 100s);
  EXPECT_GE(client().delay_of(registry_.domain()), 99s);
  EXPECT_EQ(client().delay_of("quay.io"), 0s);
  bool answered = false;
  auto waiting = client().resolve(image(), {}, [&](auto) { answered = true; });
  const auto soon = loop_.after(50ms, [&] { loop_.stop(); });
  loop_.run();
  EXPECT_FALSE(answered);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(ResolveTest, WhereNoRequestRemainsTheNextWaits) {
  registry_.edit()->more_headers =
      "ratelimit-limit: 100;w=21600\r\nratelimit-remaining: 0;w=21600\r\n";
  ASSERT_TRUE(resolve());
  EXPECT_GE(client().delay_of(registry_.domain()), 215s);
}

TEST_F(ResolveTest, ACertificateOfAnUnknownCaIsNotTrusted) {
  const kip::testing::Authority other("other");
  FakeRegistry registry(other.issue("registry", "IP:127.0.0.1"));
  expect_failure(resolve(*types::parse_image_reference(registry.domain() + "/a/b")),
                 Kind::untrusted, "the server is not trusted");
  FakeRegistry misnamed(authority().issue("registry", "DNS:else.where"));
  expect_failure(resolve(*types::parse_image_reference(misnamed.domain() + "/a/b")),
                 Kind::untrusted, "expected one for \"127.0.0.1\"");
}

TEST_F(ResolveTest, ACaFileThatCannotBeReadIsSaid) {
  Client without(loop_, {.ca_file = "/nonexistent/ca.pem"});
  std::optional<Result<Resolved, Failure>> seen;
  const auto handle = without.resolve(image(), {}, [&](auto result) {
    seen = std::move(result);
    loop_.stop();
  });
  run();
  expect_failure(*seen, Kind::untrusted, "/nonexistent/ca.pem");
}

TEST_F(ResolveTest, PlainHttpIsSpokenToListedRegistriesOnly) {
  // What a ClientHello is to it.
  kip::testing::FakeServer puzzled([](auto& peer) {
    peer.answer(400, "");
    peer.wait_until_closed();
  });
  const auto host = "127.0.0.1:" + std::to_string(puzzled.port());
  expect_failure(resolve(*types::parse_image_reference(host + "/a/b")), Kind::unreachable,
                 "has to be in INSECURE_REGISTRIES");
  FakeRegistry plain;
  options_.insecure = *InsecureRegistries::parse(plain.domain());
  client_.reset();
  EXPECT_TRUE(resolve(*types::parse_image_reference(plain.domain() + "/a/b")));
}

TEST_F(ResolveTest, ADomainThatIsNoServerIsUnreachable) {
  const auto odd = *types::parse_image_reference("127.0.0.1:99999/a/b");
  expect_failure(resolve(odd), Kind::unreachable, "its port is not a number");
}

TEST_F(ResolveTest, GivenUpNothingComesAnyMore) {
  HandlePtr handle;
  registry_.edit()->trouble = [&](auto& peer, const auto&) {
    loop_.post([&] {
      handle.reset();
      client_.reset();
    });
    peer.wait_until_closed();
    loop_.post([&] { loop_.stop(); });
    return true;
  };
  handle = client().resolve(image(), {}, [](auto) { ADD_FAILURE(); });
  run();
}

TEST_F(ResolveTest, ALimitOutlivesTheClientThatWasTold) {
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    return peer.answer(429, "", "Retry-After: 100\r\n");
  };
  options_.queues = std::make_shared<RequestQueues>();
  expect_failure(resolve(), Kind::rate_limited, "answered 429");
  client_.reset();
  options_.queues->forget_idle();
  EXPECT_GE(client().delay_of(registry_.domain()), 98s);
  auto waiting = client().resolve(image(), {}, [](auto) { ADD_FAILURE(); });
  const auto soon = loop_.after(50ms, [&] { loop_.stop(); });
  loop_.run();
  EXPECT_EQ(registry_.requests().size(), 1U);
}

}  // namespace
}  // namespace kip::registry
