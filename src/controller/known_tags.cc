#include "controller/known_tags.h"

#include <algorithm>
#include <utility>

namespace kip::controller {

using Kind = core::TagState::Kind;

void KnownTags::keep_only(const std::vector<types::ImageReference>& images) {
  const auto is_other = [&](const auto& entry) {
    return std::none_of(images.begin(), images.end(),
                        [&](const auto& image) { return image.text == entry.first; });
  };
  std::erase_if(told_.states, is_other);
  std::erase_if(news_, is_other);
}

void KnownTags::put(const types::ImageReference& image, Kind kind, std::string digest,
                    std::string trouble, WallTime now) {
  core::TagState& state = news_[image.text];
  if (kind == Kind::unasked) return;
  if (kind == Kind::known) state.at = now;
  if (digest.empty()) digest = state.digest;
  if (state.kind != kind || state.digest != digest) state.since = now;
  state.kind = kind;
  state.digest = std::move(digest);
  state.trouble = std::move(trouble);
}

bool KnownTags::tell() {
  if (told_.states == news_) return false;
  told_.states = news_;
  ++told_.revision;
  return true;
}

}  // namespace kip::controller
