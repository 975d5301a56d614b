// What the tests of the client share: a loop, a registry over TLS that the client trusts, and
// questions that end within the tests' patience.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "http/io_context.h"
#include "loop/loop.h"
#include "registry/client.h"
#include "testing/fake_registry.h"

namespace kip::registry {

using kip::testing::FakeRegistry;
using Auth = FakeRegistry::Auth;
using Kind = Failure::Kind;

inline const kip::testing::Authority& authority() {
  static const kip::testing::Authority made;
  return made;
}
inline const kip::testing::Issued& identity() {
  static const auto made = authority().issue("registry", "DNS:localhost,IP:127.0.0.1");
  return made;
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() { std::ofstream(ca_file_) << authority().pem(); }
  ~ClientTest() override { std::filesystem::remove(ca_file_); }

  Client& client() {
    if (!client_) {
      options_.ca_file = ca_file_;
      client_ = std::make_unique<Client>(loop_, options_);
    }
    return *client_;
  }

  types::ImageReference image(const std::string& rest = "a/b:next") const {
    return *types::parse_image_reference(registry_.domain() + "/" + rest);
  }

  Result<Resolved, Failure> resolve(const types::ImageReference& of,
                                    std::vector<Credentials> credentials = {}) {
    std::optional<Result<Resolved, Failure>> seen;
    bool inside = true;
    auto handle = client().resolve(of, std::move(credentials), [&](const auto& result) {
      EXPECT_FALSE(inside);
      seen = result;
      handle_.reset();  // as callers do
      loop_.stop();
    });
    handle_ = std::move(handle);
    inside = false;
    run();
    return seen ? *seen : Failure{Kind::transient, "nothing within the test's patience"};
  }
  Result<Resolved, Failure> resolve(std::vector<Credentials> credentials = {}) {
    return resolve(image(), std::move(credentials));
  }

  Result<Done, Failure> fetch(const Blob& blob, BlobProgress& progress,
                              std::vector<Credentials> credentials = {}) {
    std::optional<Result<Done, Failure>> seen;
    handle_ = client().fetch_blob(
        image(), std::move(credentials), blob, progress,
        [&](std::string_view bytes) { bytes_ += bytes; },
        [&](const auto& result) {
          seen = result;
          handle_.reset();
          loop_.stop();
        });
    run();
    return seen ? *seen : Failure{Kind::transient, "nothing within the test's patience"};
  }

  void run() {
    const auto patience = loop_.after(std::chrono::seconds(20), [this] { loop_.stop(); });
    loop_.run();
  }

  // What the registry was asked since the last call, as FakeRegistry::log().
  std::vector<std::string> asked() {
    const auto all = registry_.log();
    std::vector<std::string> fresh(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return fresh;
  }

  std::string digest() { return registry_.edit()->digest_of_manifest(); }

  FakeRegistry registry_{identity()};
  Loop loop_{http::io_context()};
  Client::Options options_{.deadline = std::chrono::seconds(5), .idle = std::chrono::seconds(5)};
  std::unique_ptr<Client> client_;
  HandlePtr handle_;
  std::string bytes_;
  const Credentials good_{
      .username = "me", .password = "s3cret-password", .origin = "secret \"ns/good\""};
  const Credentials bad_{
      .username = "you", .password = "s3cret-other", .origin = "secret \"ns/bad\""};
  const Credentials identity_token_{.username = "<token>",
                                    .identity_token = "s3cret-identity",
                                    .origin = "secret \"ns/identity\""};

 private:
  std::size_t seen_ = 0;
  const std::string ca_file_ =
      std::filesystem::temp_directory_path() / ("kip-registry-ca-" + std::to_string(::getpid()));
};

template <class Value>
void expect_failure(const Result<Value, Failure>& result, Kind kind, const std::string& part = "") {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_THAT(result.error().message, ::testing::HasSubstr(part));
  EXPECT_THAT(result.error().message, ::testing::HasSubstr("127.0.0.1"));
  EXPECT_THAT(result.error().message, ::testing::Not(::testing::HasSubstr("s3cret")));
}

}  // namespace kip::registry
