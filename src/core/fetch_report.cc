#include "core/fetch_report.h"

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "base/json.h"

namespace kip::core {

namespace {

using State = FetchedImage::State;

// 43 characters of base64url; empty for anything else.
std::string digest_of(const json& value) {
  constexpr std::size_t characters = 43, bytes = 32;
  if (!value.is_string()) return {};
  std::string text = value.get<std::string>();
  if (text.size() != characters) return {};
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  const auto raw = from_base64(text + "=");
  if (!raw || raw->size() != bytes) return {};
  std::string digest = "sha256:";
  for (const char byte : *raw) {
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
  // What did not fail is there, if there was room to name all that did.
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
