#include "cri/failure.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/words.h"

namespace kip::cri {

namespace {

using rpc::Code;
using rpc::Refusal;

using Kind = runtime::Failure::Kind;

bool holds(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

// gRPC's own words, of a connection that is not there or ended.
bool is_of_the_connection(std::string_view words) {
  return std::ranges::any_of(
      std::array{"failed to connect", "Socket closed", "Broken pipe", "Connection reset",
                 "recvmsg:", "sendmsg:", "GOAWAY", "Transport closed", "keepalive"},
      [&](std::string_view each) { return holds(words, each); });
}

Kind kind_by_words(const Refusal& refusal, std::string_view words) {
  const Kind kind = types::pull_failure_of(words);
  if (kind != Kind::other) return kind;
  switch (refusal.code) {
    case Code::permission_denied:
      return Kind::denied;
    case Code::unauthenticated:
      return Kind::unauthorized;
    case Code::unavailable:
      return Kind::runtime_gone;
    // containerd gives a pull up that gets no byte for its image_pull_progress_timeout.
    case Code::cancelled:
      return Kind::timeout;
    default:
      return Kind::other;
  }
}

Kind kind_of(const Refusal& refusal, std::string_view words) {
  switch (refusal.code) {
    case Code::deadline_exceeded:
      return Kind::timeout;
    case Code::not_found:  // a lease of ours can be gone, too
      return holds(words, "lease does not exist") ? Kind::other : Kind::not_found;
    case Code::unavailable:
      if (is_of_the_connection(refusal.message)) return Kind::runtime_gone;
      break;
    case Code::cancelled:  // the deadline again, if the server's end of it came first
      if (holds(words, "RST_STREAM")) return Kind::timeout;
      break;
    default:
      break;
  }
  return kind_by_words(refusal, words);
}

// gRPC's words do not say what is meant.
std::string words_of(const Refusal& refusal) {
  return refusal.code == Code::unavailable && is_of_the_connection(refusal.message)
             ? "the container runtime does not answer: " + refusal.message
             : refusal.message;
}

}  // namespace

runtime::Failure failure_of(const Refusal& refusal) {
  return {kind_of(refusal, refusal.message), runtime::to_show(words_of(refusal))};
}

runtime::Failure failure_of(const Refusal& refusal, const types::ImageReference& image,
                            const registry::Credentials& shown) {
  return {kind_of(refusal, runtime::without_names(refusal.message, image)),
          runtime::to_show(words_of(refusal), shown)};
}

}  // namespace kip::cri
