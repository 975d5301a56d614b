// What kept an image from a node, in the kinds that logs, metrics and status tell. A plain value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kip::runtime {

struct Failure {
  enum class Kind {
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
  Kind kind = Kind::other;
  std::string message;                                             // the runtime's words
  std::optional<std::chrono::seconds> retry_after = std::nullopt;  // as a 429 wished, if known
  bool operator==(const Failure&) const = default;
};

// "reference", "not found", "rate limited", …
const char* to_text(Failure::Kind kind);

// What kind of failure a runtime's words for a pull tell of: those of containerd, of CRI-O's
// containers/image library, and of Docker Engine are known.
Failure::Kind kind_of(std::string_view words);

}  // namespace kip::runtime
