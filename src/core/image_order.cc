#include "core/image_order.h"

#include <algorithm>
#include <map>
#include <set>

namespace kip::core {

using namespace std::chrono_literals;

namespace {

using config::CacheMode;
using Kind = TagState::Kind;

// Of what is last, doubled for each, up to the interval.
constexpr Duration first_patience = 1min;
constexpr std::size_t most_doublings = 16;

const TagState* tag_of(const Tags* tags, const config::CachedImage& image) {
  if (tags == nullptr) return nullptr;
  const auto found = tags->states.find(image.reference.text);
  return found == tags->states.end() ? nullptr : &found->second;
}

// What pods of the present template tell.
struct Told {
  std::map<std::string, WallTime> failing;  // since its oldest pod was made, by name
  std::map<std::string, std::string> reasons;
  std::set<std::string> present;  // on some node
};

Told told_of(const config::Settings& settings, const TemplateRecord& record, const Pods& pods) {
  Told told;
  const auto is_fresh = [&](const PodSummary& pod) {
    return !pod.deleting && pod.of_template >= record.changed;
  };
  for (const auto& [pod_name, pod] : pods.not_well()) {
    if (!is_fresh(*pod)) continue;
    for (const auto& waiting : pod->unwell->waiting) {
      const bool is_wanted =
          std::any_of(settings.images.begin(), settings.images.end(), [&](const auto& image) {
            return image.name == waiting.name && image.reference.text == waiting.image;
          });
      if (!is_wanted) continue;
      const auto [entry, is_new] = told.failing.try_emplace(waiting.name, pod->created);
      entry->second = std::min(entry->second, pod->created);
      told.reasons.try_emplace(waiting.name, waiting.reason);
    }
  }
  for (const auto& [pod_name, pod] : pods)
    if (is_fresh(pod))
      for (const auto& copy : *pod.copies) told.present.insert(copy.name);
  return told;
}

// Its registry answered before and does not now. Of one that never answered here nothing is known:
// nodes may have another way there.
bool is_away(const TagState* tag, const TemplateRecord& record, const config::CachedImage& image) {
  if (tag == nullptr || tag->kind != Kind::unreachable) return false;
  const auto asked = record.images.find(image.name);
  return !tag->digest.empty() || (asked != record.images.end() && !asked->second.digest.empty());
}

bool is_in(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_absent_everywhere(const config::CachedImage& image, const Told& told, const Pods& pods,
                          const Tags* tags) {
  const TagState* tag = tag_of(tags, image);
  return tag != nullptr && tag->kind == Kind::missing && told.failing.contains(image.name) &&
         !pods.have(image.name, image.reference.text);
}

std::vector<std::string> images_to_leave_out(const config::Settings& settings,
                                             const TemplateRecord& record, const Pods& pods,
                                             const Tags* tags) {
  std::vector<std::string> out;
  if (tags == nullptr) return out;
  const Told told = told_of(settings, record, pods);
  for (const auto& image : settings.images) {
    const TagState* tag = tag_of(tags, image);
    const bool is_back = tag != nullptr && tag->kind == Kind::known;
    if ((is_in(record.last, image.name) && !is_back) ||
        is_absent_everywhere(image, told, pods, tags))
      out.push_back(image.name);
  }
  if (out.size() == settings.images.size()) out.clear();  // a pod has a container
  return out;
}

}  // namespace

bool do_images_wait(CacheMode mode) { return mode == CacheMode::pin || mode == CacheMode::volume; }

bool are_absent_left_out(CacheMode mode) { return mode == CacheMode::sleep; }

std::vector<std::string> images_to_put_last(const config::Settings& settings,
                                            const TemplateRecord& record, const Pods& pods,
                                            const Tags* tags) {
  if (are_absent_left_out(settings.cache_mode))
    return images_to_leave_out(settings, record, pods, tags);
  std::vector<std::string> last;
  if (!do_images_wait(settings.cache_mode)) return last;
  const Told told = told_of(settings, record, pods);
  for (const auto& image : settings.images) {
    const TagState* tag = tag_of(tags, image);
    const bool is_denied =
        tag != nullptr && (tag->kind == Kind::refused || tag->kind == Kind::missing);
    const bool is_absent = !told.present.contains(image.name);
    // While anything fails, the order does not go back: on a node where all fails, one image after
    // another would come to the front, and each time all nodes' pods be replaced.
    const bool stays_last = is_in(record.last, image.name) && (is_absent || !told.failing.empty());
    if (told.failing.contains(image.name) || stays_last || (is_absent && is_denied))
      last.push_back(image.name);
  }
  return last;
}

std::optional<HoldUp> hold_up(const config::Settings& settings, const TemplateRecord& record,
                              const Pods& pods, const Tags* tags) {
  if (settings.cache_mode == CacheMode::sleep || pods.not_well().empty()) return std::nullopt;
  const Told told = told_of(settings, record, pods);
  const auto might_be_pulled = [&](const config::CachedImage& image) {
    return !told.failing.contains(image.name) && !is_in(record.last, image.name) &&
           !is_away(tag_of(tags, image), record, image);
  };
  const auto& images = settings.images;
  std::optional<HoldUp> found;
  for (auto image = images.begin(); image != images.end(); ++image) {
    const auto failing = told.failing.find(image->name);
    if (failing == told.failing.end() || is_in(record.last, image->name)) continue;
    const auto first = settings.cache_mode == CacheMode::pin ? image + 1 : images.begin();
    const auto waiting = std::count_if(first, images.end(), might_be_pulled);
    if (waiting == 0) continue;
    const Duration longest = std::max<Duration>(settings.interval, first_patience);
    const Duration patience = std::min<Duration>(
        first_patience * (1 << std::min(record.last.size(), most_doublings)), longest);
    const WallTime from = std::max(record.changed, failing->second) + patience;
    if (found && found->from <= from) continue;
    const auto other = std::find_if(first, images.end(), might_be_pulled);
    std::string detail =
        image->name + " (" + told.reasons.at(image->name) + ") holds up " + other->name;
    if (waiting > 1) detail += ", and " + std::to_string(waiting - 1) + " more";
    found = HoldUp{std::move(detail), from};
  }
  return found;
}

std::optional<HoldUp> absentee(const config::Settings& settings, const TemplateRecord& record,
                               const Pods& pods, const Tags* tags) {
  if (!are_absent_left_out(settings.cache_mode) || tags == nullptr || pods.not_well().empty())
    return std::nullopt;
  const Told told = told_of(settings, record, pods);
  std::optional<HoldUp> found;
  for (const auto& image : settings.images) {
    if (is_in(record.last, image.name) || !is_absent_everywhere(image, told, pods, tags)) continue;
    const WallTime from = std::max(record.changed, told.failing.at(image.name)) + first_patience;
    if (found && found->from <= from) continue;
    found = HoldUp{image.name + " (" + told.reasons.at(image.name) + ")", from};
  }
  if (found && images_to_leave_out(settings, record, pods, tags).empty()) return std::nullopt;
  return found;
}

}  // namespace kip::core
