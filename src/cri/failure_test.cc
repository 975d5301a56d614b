#include "cri/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::cri {
namespace {

using rpc::Code;
using rpc::Refusal;

using Kind = runtime::Failure::Kind;

const types::ImageReference image =
    *types::parse_image_reference("r.test:5000/denied/a-not-found:403");

runtime::Failure failure_of_words(Code code, const std::string& words,
                                  const registry::Credentials& shown = {}) {
  return failure_of(Refusal{code, words}, image, shown);
}

TEST(CriFailure, CodeAndWordsOfARefusalHaveAKind) {
  const auto unknown = static_cast<Code>(2);
  const struct {
    Code code;
    const char* words;
    Kind kind;
  } cases[] = {
      {Code::unavailable,
       "failed to connect to all addresses; last error: UNKNOWN: unix:/run/c.sock: Connection "
       "refused",
       Kind::runtime_gone},
      {Code::unavailable, "Socket closed", Kind::runtime_gone},
      {Code::unavailable, "recvmsg:Connection reset by peer", Kind::runtime_gone},
      {Code::unavailable, "something new", Kind::runtime_gone},
      {Code::unavailable,
       "unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 503 Service "
       "Unavailable",
       Kind::network},
      {Code::deadline_exceeded, "Deadline Exceeded", Kind::timeout},
      {Code::deadline_exceeded, "failed to do request: dial tcp", Kind::timeout},
      {Code::cancelled, "Received RST_STREAM with error code 8", Kind::timeout},
      {Code::cancelled, "failed to pull and unpack image: context canceled", Kind::timeout},
      {Code::not_found,
       "failed to pull and unpack image \"r.test:5000/denied/a-not-found:403\": failed to resolve "
       "image: "
       "r.test:5000/denied/a-not-found:403: not found",
       Kind::not_found},
      {unknown,
       "failed to pull and unpack image \"r.test:5000/denied/a-not-found:403\": failed to resolve "
       "image: "
       "failed to do request: Head \"http://r.test:5000/v2/denied/a-not-found/manifests/403\": "
       "dial tcp "
       "10.0.0.1:5000: connect: connection refused",
       Kind::network},
      {Code::not_found, "failed to copy: lease does not exist: not found", Kind::other},
      {unknown, "write /var/lib/containerd/x: no space left on device", Kind::no_space},
      {unknown, "pull access denied, repository does not exist or may require authorization",
       Kind::unauthorized},
      {Code::unauthenticated, "who are you", Kind::unauthorized},
      {Code::permission_denied, "no", Kind::denied},
      {Code::internal, "something else", Kind::other},
      {Code::unimplemented, "unknown service", Kind::other},
  };
  for (const auto& each : cases)
    EXPECT_STREQ(to_text(failure_of_words(each.code, each.words).kind), to_text(each.kind))
        << each.words;
}

TEST(CriFailure, NoFormOfACredentialIsInAMessage) {
  const registry::Credentials shown{.username = "bob",
                                    .password = "p@ss?>~w\xC3\xB6rd",
                                    .identity_token = "identity-token",
                                    .registry_token = "registry-token"};
  for (const char* words : {
           "bad password p@ss?>~w\xC3\xB6rd for bob",
           "GET https://bob:p%40ss%3F%3E~w%C3%B6rd@r.test/v2",
           "Authorization: Basic Ym9iOnBAc3M/Pn53w7ZyZA==",
           "Authorization: Basic Ym9iOnBAc3M/Pn53w7ZyZA",
           "X-Registry-Auth: Ym9iOnBAc3M_Pn53w7ZyZA==",
           "password cEBzcz8+fnfDtnJk",
           "password cEBzcz8-fnfDtnJk",
           "token identity-token",
           "Bearer registry-token.",
       }) {
    const auto failure = failure_of_words(Code::internal, words, shown);
    EXPECT_THAT(failure.message, ::testing::HasSubstr("***")) << words;
    for (const char* secret :
         {"p@ss", "p%40ss", "Ym9iOnBA", "cEBzcz8", "identity-token", "registry-"})
      EXPECT_THAT(failure.message, ::testing::Not(::testing::HasSubstr(secret))) << words;
  }
}

TEST(CriFailure, AMessageSaysThatItIsTheRuntimeThatIsGone) {
  EXPECT_EQ(failure_of(Refusal{Code::unavailable, "Socket closed"}).message,
            "the container runtime does not answer: Socket closed");
}

TEST(CriFailure, AMessageIsCutToWhatPeopleRead) {
  const auto failure = failure_of_words(Code::internal, std::string(5000, 'x'));
  EXPECT_LT(failure.message.size(), 1100U);
  EXPECT_EQ(failure_of_words(Code::internal, "bad \xFF byte").message, "bad ");
}

}  // namespace
}  // namespace kip::cri
