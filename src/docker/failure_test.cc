#include "docker/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace kip::docker {
namespace {

using Kind = runtime::Failure::Kind;

http::Response answer(int status, const std::string& body) {
  return {.status = status, .body = body};
}

types::ImageReference reference(const std::string& text) {
  return *types::parse_image_reference(text);
}

// As Docker 20.10 said them, where not marked otherwise.
TEST(DockerFailure, AnswersBeforeTheStreamHaveAKind) {
  const struct {
    const char* image;
    int status;
    const char* message;
    Kind kind;
  } cases[] = {
      {"r.test:5000/denied:403", 404,
       "manifest for r.test:5000/denied:403 not found: manifest unknown: manifest unknown",
       Kind::not_found},
      {"r.test/a", 400, "invalid reference format: repository name must be lowercase",
       Kind::reference},
      {"r.test/a", 500, "Head \"http://r.test/v2/a/manifests/1\": no basic auth credentials",
       Kind::unauthorized},
      {"r.test/a", 500, "unauthorized: authentication required", Kind::unauthorized},
      {"busybox", 404,
       "pull access denied for busybox, repository does not exist or may require 'docker login': "
       "denied: requested access to the resource is denied",
       Kind::unauthorized},
      {"r.test/a", 500, "denied: you may not", Kind::denied},
      {"r.test/a", 500, "toomanyrequests: You have reached your pull rate limit.",
       Kind::rate_limited},
      {"r.test/a", 500,
       "Get \"http://r.test:9/v2/\": dial tcp 10.0.0.1:9: connect: connection refused",
       Kind::network},
      {"r.test/a", 500, "received unexpected HTTP status: 503 Service Unavailable", Kind::network},
      {"r.test/a", 500, "received unexpected HTTP status: 429 Too Many Requests",
       Kind::rate_limited},
      {"r.test/not-found", 500, "manifest for r.test/not-found is odd", Kind::other},
      // Where the words tell nothing, the status does.
      {"r.test/a", 404, "nothing of this kind", Kind::not_found},
      {"r.test/a", 400, "odd", Kind::reference},
      {"r.test/a", 403, "authorization plugin: no", Kind::denied},
  };
  for (const auto& each : cases) {
    const auto failure = failure_of(answer(each.status, to_text(json{{"message", each.message}})),
                                    reference(each.image), {});
    EXPECT_STREQ(to_text(failure.kind), to_text(each.kind)) << each.message;
    EXPECT_EQ(failure.message, each.message);
  }
}

TEST(DockerFailure, AnAnswerWithoutWordsIsShown) {
  EXPECT_EQ(failure_of(answer(502, "<html>\x01")).message,
            "the Docker Engine answered 502: \"<html>\\x01\"");
}

TEST(DockerFailure, NoSecretIsInAMessage) {
  const registry::Credentials shown{.username = "ann", .password = "s3cret"};
  EXPECT_EQ(failure_of("login of ann with s3cret failed", reference("r.test/a"), shown).message,
            "login of ann with *** failed");
  EXPECT_EQ(
      failure_of(answer(500, R"({"message":"s3cret"})"), reference("r.test/a"), shown).message,
      "***");
}

}  // namespace
}  // namespace kip::docker
