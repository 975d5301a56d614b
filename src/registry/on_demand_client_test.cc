#include "registry/on_demand_client.h"

#include <optional>

#include <gmock/gmock.h>

#include "http/io_context.h"
#include "loop/loop.h"
#include "testing/fake_registry.h"
#include "types/image_reference.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using Kind = Failure::Kind;
using Answer = Result<Resolved, Failure>;

// A registry over plain HTTP.
class OnDemandClientTest : public ::testing::Test {
 protected:
  std::optional<Answer> ask(Duration patience = 20s) {
    std::optional<Answer> seen;
    const auto image = *types::parse_image_reference(registry_.domain() + "/a/b:next");
    HandlePtr handle = registries_.resolve(image, {}, [&](const Answer& answer) {
      seen = answer;
      handle.reset();  // as callers do
      loop_.stop();
    });
    const auto end = loop_.after(patience, [&] { loop_.stop(); });
    loop_.run();
    return seen;
  }

  kip::testing::FakeRegistry registry_;
  Loop loop_{http::io_context()};
  OnDemandClient registries_{loop_, {}};
};

TEST_F(OnDemandClientTest, AnotherWayToARegistryIsTakenFromTheNextRequestOn) {
  registries_.reach({}, "/no/such/file.pem");
  const auto over_tls = ask();
  ASSERT_TRUE(over_tls && !*over_tls);
  EXPECT_THAT(over_tls->error().message, ::testing::HasSubstr("/no/such/file.pem"));
  registries_.reach({registry_.domain()}, "");
  const auto plain = ask();
  ASSERT_TRUE(plain && *plain);
  EXPECT_EQ((*plain)->digest.text(), registry_.edit()->digest_of_manifest());
}

TEST_F(OnDemandClientTest, ALimitHoldsOnWhenTheWayIsAnother) {
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    return peer.answer(429, "", "Retry-After: 100\r\n");
  };
  registries_.reach({registry_.domain()}, "");
  const auto limited = ask();
  ASSERT_TRUE(limited && !*limited);
  EXPECT_EQ(limited->error().kind, Kind::rate_limited);
  registries_.reach({registry_.domain(), "another.test"}, "");
  EXPECT_FALSE(ask(50ms));
  EXPECT_EQ(registry_.requests().size(), 1U);
}

}  // namespace
}  // namespace kip::registry
