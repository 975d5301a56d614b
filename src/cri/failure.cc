#include "cri/failure.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/text.h"
#include "runtime/words.h"

namespace kip::cri {

namespace {

using rpc::Code;
using rpc::Refusal;

using Kind = runtime::Failure::Kind;

// Bytes of the runtime's words. A registry's page of HTML may be among them.
constexpr std::size_t longest_message = 1000;

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

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

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

// The longest first, so that none is cut by a shorter one within it.
std::vector<std::string> forms(const registry::Credentials& shown) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& secret) {
    if (secret.empty()) return;
    const auto coded = without_padding(to_base64(secret));
    all.insert(all.end(), {secret, percent_encoded(secret), coded, to_base64url(secret)});
  };
  add(shown.password);
  add(shown.identity_token);
  add(shown.registry_token);
  if (!shown.password.empty()) add(shown.username + ":" + shown.password);
  std::ranges::sort(all, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return all;
}

std::string shortened(std::string text) {
  if (const auto bad = find_invalid_utf8(text); bad != std::string::npos) text.resize(bad);
  return text.size() > longest_message ? cut(std::move(text), longest_message) + "…" : text;
}

// gRPC's words do not say what is meant.
std::string words_of(const Refusal& refusal) {
  return refusal.code == Code::unavailable && is_of_the_connection(refusal.message)
             ? "the container runtime does not answer: " + refusal.message
             : refusal.message;
}

}  // namespace

runtime::Failure failure_of(const Refusal& refusal) {
  return {kind_of(refusal, refusal.message), shortened(words_of(refusal))};
}

runtime::Failure failure_of(const Refusal& refusal, const types::ImageReference& image,
                            const registry::Credentials& shown) {
  runtime::Failure failure{kind_of(refusal, runtime::without_names(refusal.message, image)),
                           words_of(refusal)};
  for (const auto& secret : forms(shown)) replace_all(failure.message, secret, "***");
  failure.message = shortened(std::move(failure.message));
  return failure;
}

}  // namespace kip::cri
