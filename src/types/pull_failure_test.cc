#include "types/pull_failure.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

using Kind = PullFailure;

// As containerd 2.2, Docker Engine 20.10 and CRI-O said them.
TEST(PullFailure, ARuntimesWordsTellWhatItIs) {
  const struct {
    const char* words;
    Kind kind;
  } cases[] = {
      {"failed to pull and unpack image \"r.test/a:1\": failed to resolve image: r.test/a:1: not "
       "found",
       Kind::not_found},
      {"failed to parse image reference \"UPPER\": repository name must be lowercase",
       Kind::reference},
      {"pull access denied, repository does not exist or may require authorization: "
       "authorization failed: no basic auth credentials",
       Kind::unauthorized},
      {"unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 401 Unauthorized",
       Kind::unauthorized},
      {"unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 403 Forbidden",
       Kind::denied},
      {"unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 429 Too Many "
       "Requests",
       Kind::rate_limited},
      {"unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 503 Service "
       "Unavailable",
       Kind::network},
      {"failed to do request: Head \"https://r.test/v2/a/manifests/1\": dial tcp 10.0.0.1:443: "
       "connect: connection refused",
       Kind::network},
      {"failed to do request: Head \"https://r.test/v2/a/manifests/1\": dial tcp: lookup r.test: "
       "no such host",
       Kind::network},
      {"write /var/lib/containerd/tmp: no space left on device", Kind::no_space},
      {"could not fetch content descriptor sha256:00 (application/x) from remote: not found",
       Kind::not_found},
      {"manifest for a:1 not found: manifest unknown: manifest unknown", Kind::not_found},
      {"toomanyrequests: You have reached your pull rate limit.", Kind::rate_limited},
      {"invalid reference format", Kind::reference},
      {"error pulling image configuration: download failed after attempts=1: unknown blob",
       Kind::not_found},
      {"name unknown: repository name not known to registry", Kind::not_found},
      {"received unexpected HTTP status: 503 Service Unavailable", Kind::network},
      {"unauthorized: incorrect username or password", Kind::unauthorized},
      {"reading manifest 1 in r.test/a: manifest unknown", Kind::not_found},
      {"Back-off pulling image \"r.test/a:1\"", Kind::other},
      {"something else", Kind::other},
  };
  for (const auto& each : cases)
    EXPECT_STREQ(to_text(pull_failure_of(each.words)), to_text(each.kind)) << each.words;
}

}  // namespace
}  // namespace kip::types
