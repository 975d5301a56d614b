#include "types/pull_failure.h"

#include <array>

#include "base/text.h"

namespace kip::types {

namespace {

using Kind = PullFailure;

struct Phrase {
  std::string_view words;  // in lower case
  Kind kind;
};

// The first that is there counts: a message names what failed before it says what that wrapped.
constexpr Phrase phrases[] = {
    {"failed to parse image reference", Kind::reference},
    {"invalid reference format", Kind::reference},
    {"could not parse reference", Kind::reference},
    {"no space left on device", Kind::no_space},
    {"disk quota exceeded", Kind::no_space},
    {"toomanyrequests", Kind::rate_limited},
    {"too many requests", Kind::rate_limited},
    {": 429", Kind::rate_limited},
    {"no basic auth credentials", Kind::unauthorized},
    {"pull access denied", Kind::unauthorized},  // also what the registry only hides
    {": 401", Kind::unauthorized},
    {"unauthorized", Kind::unauthorized},
    {"authentication required", Kind::unauthorized},
    {"incorrect username or password", Kind::unauthorized},
    {": 403", Kind::denied},
    {"forbidden", Kind::denied},
    {"denied", Kind::denied},
    {"manifest unknown", Kind::not_found},
    {"unknown blob", Kind::not_found},
    {"blob unknown", Kind::not_found},
    {"name unknown", Kind::not_found},  // of a repository
    {"could not fetch content descriptor", Kind::not_found},
    {"not found", Kind::not_found},
    {"context deadline exceeded", Kind::timeout},
    {"deadline exceeded", Kind::timeout},
    {"timeout exceeded", Kind::timeout},
    {"failed to do request", Kind::network},
    {"connection refused", Kind::network},
    {"connection reset", Kind::network},
    {"no such host", Kind::network},
    {"dial tcp", Kind::network},
    {"i/o timeout", Kind::network},
    {"tls handshake timeout", Kind::network},
    {"unexpected eof", Kind::network},
    {"unexpected status from", Kind::network},  // with 5xx: the others stand above
    {"unexpected http status", Kind::network},  // the same, as Docker Engine says it
};

}  // namespace

const char* to_text(PullFailure failure) {
  constexpr std::array words{"reference",    "not found", "unauthorized", "denied",
                             "rate limited", "no space",  "timeout",      "network",
                             "runtime gone", "other"};
  return words[static_cast<std::size_t>(failure)];
}

PullFailure pull_failure_of(std::string_view words) {
  const std::string text = lowered(words);
  for (const auto& phrase : phrases)
    if (text.find(phrase.words) != std::string::npos) return phrase.kind;
  return Kind::other;
}

}  // namespace kip::types
