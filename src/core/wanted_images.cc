#include "core/wanted_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/images.h"
#include "core/placement.h"
#include "types/image_names.h"

namespace kip::core {

namespace {

using config::CachedImage;
using config::Placement;

// One image, and where it is wanted.
struct Wanted {
  types::ImageReference reference;
  std::vector<Placement> placements;
  bool is_in_images = false;  // of the settings, and so for the first placement already
};

class List {
 public:
  explicit List(const config::Settings& settings) : own_(placement_of(settings)) {
    for (const auto& image : settings.images) {
      places_.emplace(types::whole_name(image.reference), images_.size());
      images_.push_back({image.reference, {own_}, true});
    }
  }

  // Empty, or why it is left out.
  std::string add(const WantedImage& wanted) {
    Placement placement = own_;
    if (wanted.placement) {
      auto cut = within(own_, *wanted.placement);
      if (!cut) return cut.error().message;
      placement = std::move(*cut);
    }
    const auto [place, is_new] =
        places_.emplace(types::whole_name(wanted.reference), images_.size());
    if (is_new) images_.push_back({wanted.reference, {}});
    Wanted& image = images_[place->second];
    const auto covers_it = [&](const Placement& other) { return covers(other, placement); };
    if (std::any_of(image.placements.begin(), image.placements.end(), covers_it)) return {};
    std::erase_if(image.placements, [&](const Placement& other) {
      // That of IMAGES stays where it is: the DaemonSet of the settings is there anyway.
      return covers(placement, other) && !(image.is_in_images && other == own_);
    });
    image.placements.push_back(std::move(placement));
    return {};
  }

  // In the order in which they came.
  const std::vector<Wanted>& images() const { return images_; }
  std::optional<Placement> shown(const Placement& placement) const {
    return placement == own_ ? std::nullopt : std::optional(placement);
  }

 private:
  const Placement own_;
  std::vector<Wanted> images_;
  std::map<std::string, std::size_t> places_;  // by whole_name()
};

// What a DaemonSet holds. From the first that has no room on it takes nothing, so that none is
// there in place of one that is wanted more.
struct Room {
  std::size_t bytes = 0;
  bool is_full = false;

  bool takes(std::size_t more) {
    is_full = is_full || bytes + more > config::max_daemonset_bytes;
    if (!is_full) bytes += more;
    return !is_full;
  }
};

// Of its placement; empty: that of the settings.
std::string text_of(const CachedImage& image) {
  return image.placement ? to_text(config::placement_json(*image.placement)) : std::string();
}

std::vector<std::string> names(const config::Settings& settings, const std::vector<Wanted>& all) {
  std::set<std::string> taken = {std::string(config::init_container_name)};
  for (const auto& image : settings.images) taken.insert(image.name);
  std::vector<types::ImageReference> unnamed;
  for (const auto& image : all)
    if (!image.is_in_images) unnamed.push_back(image.reference);
  return types::names_of(unnamed, taken, types::NameForm::tag);
}

}  // namespace

WantedSettings with_wanted(config::Settings settings,
                           const std::vector<std::vector<WantedImage>>& lists) {
  WantedSettings out;
  List list(settings);
  for (const auto& each : lists)
    for (const auto& wanted : each)
      if (std::string why = list.add(wanted); !why.empty())
        out.left_out.push_back({wanted.reference.text, std::move(why)});

  const std::vector<std::string> given = names(settings, list.images());
  std::size_t at = 0, next_name = 0;
  std::map<std::string, Room> rooms;  // by text_of()
  rooms[""].bytes = config::bytes_of(settings.images);
  std::vector<CachedImage> more;
  for (const auto& image : list.images()) {
    const std::string name = image.is_in_images ? settings.images[at++].name : given[next_name++];
    for (const auto& placement : image.placements) {
      CachedImage cached{name, image.reference, list.shown(placement)};
      if (image.is_in_images && !cached.placement) continue;
      if (!rooms[text_of(cached)].takes(config::bytes_of({cached})))
        out.left_out.push_back({image.reference.text, "the DaemonSet would become too large"});
      else
        more.push_back(std::move(cached));
    }
  }
  std::stable_sort(more.begin(), more.end(), [](const CachedImage& a, const CachedImage& b) {
    return a.name != b.name ? a.name < b.name : text_of(a) < text_of(b);
  });
  settings.images.insert(settings.images.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
  out.settings = std::move(settings);
  return out;
}

}  // namespace kip::core
