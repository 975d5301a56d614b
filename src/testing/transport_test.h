// What the tests of RestTransport share: a transport to a FakeServer, and requests that end within
// the tests' patience.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/io_context.h"
#include "kube/access/rest_transport.h"
#include "loop/loop.h"
#include "testing/fake_server.h"

namespace kip::testing {

// The CA that the tests' clients trust, and what a server shows unless a test wants another.
inline const Authority& authority() {
  static const Authority made;
  return made;
}
inline const Issued& good() {
  static const Issued made = authority().issue("server", "DNS:localhost,IP:127.0.0.1");
  return made;
}

inline void answer_all(Peer& peer) {
  while (!peer.read_request().empty()) peer.answer(200, "{}");
}

class TransportTest : public ::testing::Test {
 protected:
  // How the server is reached: over TLS with our CA, unless a test changes it.
  kube::Access access_to(const FakeServer& server, bool tls = true) {
    kube::Access access;
    access.server = {tls, "127.0.0.1", server.port(), ""};
    if (tls) access.ca.data = authority().pem();
    access.token.data = "s3cret";
    return access;
  }

  kube::RestTransport& transport(const kube::Access& access) {
    transport_ = std::make_unique<kube::RestTransport>(
        loop_, access, kube::make_credentials(loop_, access), options_);
    return *transport_;
  }

  http::Answer ask(kube::RestTransport& to, http::Request request) {
    std::optional<http::Answer> answer;
    bool inside = true;
    const auto handle = to.send(std::move(request), [&](http::Answer result) {
      EXPECT_FALSE(inside);
      answer = std::move(result);
      loop_.stop();
    });
    inside = false;
    run();
    return answer ? *answer
                  : http::Answer(http::Error(permanent("nothing within the test's patience")));
  }
  http::Answer get(kube::RestTransport& to) { return ask(to, {.path = "/version"}); }

  struct Watched {
    std::vector<std::string> lines;
    http::Answer end = http::Error(permanent("did not end"));
  };
  Watched watch(kube::RestTransport& to) {
    Watched seen;
    const auto handle = to.stream(
        {.path = "/watch"}, [&](std::string_view line) { seen.lines.emplace_back(line); },
        [&](http::Answer end) {
          seen.end = std::move(end);
          loop_.stop();
        });
    run();
    return seen;
  }

  void run() {
    const auto patience = loop_.after(std::chrono::seconds(20), [this] { loop_.stop(); });
    loop_.run();
  }

  Loop loop_{http::io_context()};
  kube::RestOptions options_{.read_deadline = std::chrono::seconds(5),
                             .write_deadline = std::chrono::seconds(5),
                             .idle = std::chrono::seconds(5)};
  std::unique_ptr<kube::RestTransport> transport_;
};

inline void expect_error(const http::Answer& result, ErrorKind kind, const std::string& part) {
  ASSERT_FALSE(result) << result->status << " " << result->body;
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_THAT(result.error().message, ::testing::HasSubstr(part));
  EXPECT_THAT(result.error().message, ::testing::Not(::testing::HasSubstr("s3cret")));
}

}  // namespace kip::testing
