#include "agent/termination_message.h"

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "base/shortened.h"
#include "base/text.h"

namespace kip::agent {

namespace {

using Outcome = ImageResult::Outcome;
using json = nlohmann::ordered_json;  // people read it: failures first

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The kubelet shows it, and people read it; the runtime's whole words are in the container's log.
constexpr std::size_t longest_words = 200;
// Of all failures together, so that there is room for digests.
constexpr std::size_t room_for_failures = 2400;
// Of which it is told that they failed where that is not said in words.
constexpr std::size_t most_bits = 8000;

// 32 bytes as 43 characters; null for what is no SHA-256.
json short_digest(const std::string& digest) {
  constexpr std::string_view prefix = "sha256:";
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  if (!digest.starts_with(prefix) || digest.size() != prefix.size() + 64) return nullptr;
  std::string bytes;
  for (std::size_t i = prefix.size(); i < digest.size(); i += 2)
    bytes += static_cast<char>(nibble(digest[i]) * 16 + nibble(digest[i + 1]));
  return to_base64url(bytes);
}

// 1,334 characters of 8,000 images.
std::string failed_at(const std::vector<ImageResult>& results) {
  std::vector<unsigned char> bits((results.size() + 7) / 8);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].outcome == Outcome::failed)
      bits[i / 8] = static_cast<unsigned char>(bits[i / 8] | 1U << (i % 8));
  return to_base64url(std::string(bits.begin(), bits.end()));
}

json failure_of(const ImageResult& result, std::size_t at) {
  const runtime::Failure failure = result.failure.value_or(runtime::Failure());
  return {{"at", at},
          {"image", cut(result.image, longest_words)},
          {"kind", to_text(failure.kind)},
          {"message", shortened(failure.message, longest_words)}};
}

// Of an entry that is no image, and so has no place among them.
json failure_of(const std::string& problem) {
  return {{"kind", to_text(runtime::Failure::Kind::reference)},
          {"message", shortened(problem, longest_words)}};
}

}  // namespace

std::string termination_message(const std::vector<ImageResult>& results, Duration took,
                                const std::vector<std::string>& bad_entries) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(results.begin(), results.end(),
                         [&](const auto& one) { return one.outcome == outcome; });
  };
  std::uint64_t bytes = 0;
  for (const auto& result : results) bytes += result.downloaded;
  json message = {{"images", results.size()},
                  {"failed", count(Outcome::failed)},
                  {"downloaded", count(Outcome::downloaded)},
                  {"bytes", bytes},
                  {"seconds", static_cast<double>(took.count()) / 1000}};
  if (!bad_entries.empty()) message["bad_entries"] = bad_entries.size();
  std::size_t used = text_of(message).size();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].outcome != Outcome::failed) continue;
    json failure = failure_of(results[i], i);
    used += text_of(failure).size() + 1;
    if (used > room_for_failures) {
      if (results.size() <= most_bits) message["failed_at"] = failed_at(results);
      break;
    }
    message["failures"].push_back(std::move(failure));
  }
  for (const auto& problem : bad_entries) {
    json failure = failure_of(problem);
    used += text_of(failure).size() + 1;
    if (used > room_for_failures) break;
    message["failures"].push_back(std::move(failure));
  }
  message["digests"] = json::array();
  used = text_of(message).size();
  for (const auto& result : results) {
    json digest = result.outcome == Outcome::failed ? json() : short_digest(result.digest);
    used += text_of(digest).size() + 1;
    if (used > longest_termination_message) break;
    message["digests"].push_back(std::move(digest));
  }
  return text_of(message);
}

}  // namespace kip::agent
