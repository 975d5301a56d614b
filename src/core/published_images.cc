#include "core/published_images.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "types/image_names.h"

namespace kip::core {

namespace {

// Host, path, tag and digest as long as registries take them.
constexpr std::size_t longest = 1024;

}  // namespace

Result<types::ImageReference> read_published(std::string_view payload) {
  const std::string_view word = trimmed(payload);
  if (word.size() > longest)
    return permanent(kip::quoted(word) + " has " + std::to_string(word.size()) +
                     " bytes; expected an image of at most " + std::to_string(longest));
  return types::parse_image_reference(word);
}

PublishedImages::Heard PublishedImages::hear(const types::ImageReference& image, WallTime now) {
  const auto known = images_.find(types::whole_name(image));
  if (known != images_.end()) {
    known->second.heard = std::max(known->second.heard, now);
    return Heard::again;
  }
  if (!make_room(now)) return Heard::left_out;
  images_.emplace(types::whole_name(image), Known{image, now, {}, next_place_++});
  return Heard::is_new;
}

bool PublishedImages::make_room(WallTime now) {
  if (images_.size() < limits_.most) return true;
  const auto oldest = std::min_element(
      images_.begin(), images_.end(),
      [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
  if (now - oldest->second.heard < limits_.gives_way_after) return false;
  images_.erase(oldest);
  return true;
}

void PublishedImages::was_deaf(Duration duration) {
  for (auto& [name, image] : images_) image.heard += duration;
}

void PublishedImages::forget(WallTime now) {
  std::erase_if(
      images_, [&](const auto& entry) { return now - entry.second.heard >= limits_.forget_after; });
}

std::optional<WallTime> PublishedImages::next_forgotten() const {
  std::optional<WallTime> next;
  for (const auto& [name, image] : images_) {
    const WallTime at = image.heard + limits_.forget_after;
    next = std::min(next.value_or(at), at);
  }
  return next;
}

std::vector<types::ImageReference> PublishedImages::images() const {
  std::vector<const Known*> all;
  all.reserve(images_.size());
  for (const auto& [name, image] : images_) all.push_back(&image);
  std::sort(all.begin(), all.end(),
            [](const Known* a, const Known* b) { return a->place < b->place; });
  std::vector<types::ImageReference> references;
  references.reserve(all.size());
  for (const Known* image : all) references.push_back(image->reference);
  return references;
}

json PublishedImages::stored(WallTime now) {
  json list = json::array();
  for (const auto& reference : images()) {
    Known& image = images_.at(types::whole_name(reference));
    image.stored = image.heard;
    list.push_back({{"image", reference.text}, {"heard", to_rfc3339(image.heard)}});
  }
  return {{"at", to_rfc3339(now)}, {"images", std::move(list)}};
}

bool PublishedImages::is_worn(Duration pace) const {
  return std::any_of(images_.begin(), images_.end(), [&](const auto& entry) {
    return entry.second.heard - entry.second.stored >= pace;
  });
}

Status PublishedImages::restore(const json& stored, WallTime now) {
  const auto at = from_rfc3339(string_at(stored, "/at"));
  if (!at || !has(stored, "/images") || !stored["images"].is_array())
    return permanent("it has no time \"at\" and no list \"images\"");
  std::map<std::string, Known> read;
  for (const auto& entry : array_at(stored, "/images")) {
    const auto image = types::parse_image_reference(string_at(entry, "/image"));
    const auto heard = from_rfc3339(string_at(entry, "/heard"));
    if (!image || !heard)
      return permanent(kip::quoted(to_text(entry)) + " has no \"image\" and time \"heard\"");
    if (read.size() >= limits_.most) break;
    const WallTime then = std::min(now, *heard + (now - *at));
    read.emplace(types::whole_name(*image), Known{*image, then, then, next_place_++});
  }
  images_ = std::move(read);
  return Done{};
}

}  // namespace kip::core
