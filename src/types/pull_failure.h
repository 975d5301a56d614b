// Why a container runtime could not get an image, in the kinds that logs and status tell. Pure.
#pragma once

#include <string_view>

namespace kip::types {

enum class PullFailure {
  reference,     // the runtime takes the text for no reference
  not_found,     // no such repository, tag, digest or blob, or hidden from who asks
  unauthorized,  // the registry wants credentials, or other ones
  denied,        // it knows who asks, and says no
  rate_limited,  // 429
  no_space,      // on the node's disk
  timeout,       // no answer within the time that was given
  network,       // the registry cannot be reached, or breaks off, or answers 5xx
  runtime_gone,  // the runtime itself does not answer
  other,
};

// "reference", "not found", "rate limited", …
const char* to_text(PullFailure failure);

// What a runtime's words for a failed pull tell of: those of containerd, of the library that CRI-O
// pulls with, and of Docker Engine are known.
PullFailure pull_failure_of(std::string_view words);

}  // namespace kip::types
