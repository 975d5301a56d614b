#include "core/fetch_report.h"

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "base/json.h"

namespace kip::core {

namespace {

using State = FetchedImage::State;

constexpr const char* no_room =
    "it failed; the node's message had no room for the words, which are in the log of fetch";

// Of base64url without padding; empty for anything else, or another number of bytes.
std::string bytes_of(const json& value, std::size_t bytes) {
  if (!value.is_string() || value.get_ref<const std::string&>().size() != (bytes * 4 + 2) / 3)
    return {};
  std::string text = value.get<std::string>();
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  auto raw = from_base64(text);
  return raw && raw->size() == bytes ? *std::move(raw) : "";
}

std::string digest_of(const json& value) {
  const std::string raw = bytes_of(value, 32);
  if (raw.empty()) return {};
  std::string digest = "sha256:";
  for (const char byte : raw) {
    digest += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
    digest += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xFU];
  }
  return digest;
}

std::optional<std::size_t> number_at(const json& root, const char* key) {
  const json& value = at(root, key);
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::size_t>();
}

std::string words_of(const json& failure) {
  const std::string kind = string_at(failure, "/kind"), message = string_at(failure, "/message");
  return message.empty() ? kind : message;
}

}  // namespace

std::vector<FetchedImage> read_fetch_report(std::string_view text, std::size_t images) {
  const json report = parse_json(text);
  if (!report.is_object() || images == 0 || number_at(report, "/images") != images) return {};
  std::vector<FetchedImage> list(images);
  std::size_t told = 0;
  for (const auto& failure : array_at(report, "/failures")) {
    const auto place = number_at(failure, "/at");
    if (!place || *place >= images) return {};
    told += list[*place].state == State::failed ? 0 : 1;
    list[*place] = {State::failed, "", words_of(failure)};
  }
  const std::string failed_at = bytes_of(at(report, "/failed_at"), (images + 7) / 8);
  for (std::size_t i = 0; i < images && !failed_at.empty(); ++i) {
    const bool has_failed = (static_cast<unsigned char>(failed_at[i / 8]) >> (i % 8) & 1U) != 0;
    if (!has_failed || list[i].state == State::failed) continue;
    list[i] = {State::failed, "", no_room};
    ++told;
  }
  // What did not fail is there, if it is told of all that did.
  const bool are_all_told = number_at(report, "/failed") == told;
  const json& digests = array_at(report, "/digests");
  for (std::size_t i = 0; i < images; ++i) {
    FetchedImage& image = list[i];
    if (image.state == State::failed) continue;
    if (i < digests.size()) image.digest = digest_of(digests[i]);
    if (are_all_told || !image.digest.empty()) image.state = State::there;
  }
  return list;
}

}  // namespace kip::core
