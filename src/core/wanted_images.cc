#include "core/wanted_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "config/images.h"
#include "core/placement.h"
#include "types/image_names.h"

namespace kip::core {

namespace {

using config::CachedImage;
using config::Placement;

constexpr std::size_t most_placements_of_image = 64;

// Of its placement; empty: that of the settings.
std::string nodes_of(const CachedImage& image) {
  return image.placement ? text_of(*image.placement) : std::string();
}

// What the gate's taint asks of a pod, which each of ours has anyway (core/pod_template).
Placement of_gate(const config::NodeGate& gate) {
  if (!gate.taint) return {};
  return placement_of({{"tolerations", json::array({gate.taint->toleration()})}});
}

// One image, and where it is wanted.
struct Wanted {
  types::ImageReference reference;
  std::vector<Placement> placements;
  bool is_in_images = false;  // of the settings, and so for the first placement already
};

class List {
 public:
  explicit List(const config::Settings& settings)
      : of_gate_(of_gate(settings.node_gate)), own_(without_gate(placement_of(settings))) {
    for (const auto& image : settings.images) {
      places_.emplace(types::whole_name(image.reference), images_.size());
      images_.push_back({image.reference, {own_}, true});
    }
  }

  // Empty, or why it is left out.
  std::string add(const WantedImage& wanted) {
    Placement placement = own_;
    if (wanted.placement) {
      auto cut = within(own_, without_gate(*wanted.placement));
      if (!cut) return cut.error().message;
      placement = std::move(*cut);
    }
    const auto [place, is_new] =
        places_.emplace(types::whole_name(wanted.reference), images_.size());
    if (is_new) images_.push_back({wanted.reference, {}});
    Wanted& image = images_[place->second];
    put(image, std::move(placement));
    if (image.placements.size() <= most_placements_of_image) return {};
    image.placements.pop_back();
    return "it is wanted on more than " + std::to_string(most_placements_of_image) +
           " sets of nodes";
  }

  // Answers how many placements have become the one of all nodes, and adds the images of those that
  // it has no room for.
  std::size_t bound_placements(std::vector<LeftOutImage>& left_out) {
    std::map<std::string, std::size_t> counts;
    for (const auto& image : images_)
      for (const auto& each : image.placements)
        if (each != own_) ++counts[text_of(each)];
    if (counts.size() <= most_wanted_placements) return 0;
    const auto kept = config::most_used(counts, most_wanted_placements - 1);
    std::set<std::string> dropped;
    for (const auto& [text, count] : counts)
      if (!kept.contains(text)) dropped.insert(text);
    const Placement all = of_all_nodes(dropped);
    for (auto& image : images_) {
      auto placements = std::exchange(image.placements, {});
      for (auto& each : placements) {
        if (each == own_ || !dropped.contains(text_of(each)))
          put(image, std::move(each));
        else if (covers(all, each))
          put(image, all);
        else
          left_out.push_back({image.reference.text,
                              "images are wanted on too many sets of nodes, and what these "
                              "tolerate has no room in one"});
      }
    }
    return dropped.size();
  }

  // In the order in which they came.
  const std::vector<Wanted>& images() const { return images_; }
  std::optional<Placement> shown(const Placement& placement) const {
    return placement == own_ ? std::nullopt : std::optional(placement);
  }

 private:
  // So that a workload that waits for no gate has no nodes of its own for it.
  Placement without_gate(Placement placement) const {
    json kept = json::array();
    for (auto& each : placement.tolerations)
      if (!covers(of_gate_, {.tolerations = json::array({each})})) kept.push_back(std::move(each));
    placement.tolerations = std::move(kept);
    return placement;
  }

  void put(Wanted& image, Placement placement) const {
    const auto covers_it = [&](const Placement& other) { return covers(other, placement); };
    if (std::any_of(image.placements.begin(), image.placements.end(), covers_it)) return;
    std::erase_if(image.placements, [&](const Placement& other) {
      // That of IMAGES stays where it is: the DaemonSet of the settings is there anyway.
      return covers(placement, other) && !(image.is_in_images && other == own_);
    });
    image.placements.push_back(std::move(placement));
  }

  // As many tolerations as there is room for, in their order.
  Placement of_all_nodes(const std::set<std::string>& dropped) const {
    std::set<json> more;
    for (const auto& image : images_)
      for (const auto& each : image.placements)
        if (each != own_ && dropped.contains(text_of(each)))
          more.insert(each.tolerations.begin(), each.tolerations.end());
    std::set<json> tolerations(own_.tolerations.begin(), own_.tolerations.end());
    std::size_t bytes = text_of(own_).size() + std::string_view(R"("tolerations":[],)").size();
    for (const auto& each : more) {
      if (tolerations.contains(each)) continue;
      bytes += to_text(each).size() + 1;
      if (bytes > config::longest_placement) break;
      tolerations.insert(each);
    }
    Placement all = own_;
    all.tolerations = json(tolerations);
    return all;
  }

  const Placement of_gate_;
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

  out.placements_too_many = list.bound_placements(out.left_out);

  const std::vector<std::string> given = names(settings, list.images());
  std::size_t at = 0, next_name = 0;
  std::map<std::string, Room> rooms;  // by nodes_of()
  rooms[""].bytes = config::bytes_of(settings.images);
  std::vector<CachedImage> more;
  for (const auto& image : list.images()) {
    const std::string name = image.is_in_images ? settings.images[at++].name : given[next_name++];
    for (const auto& placement : image.placements) {
      CachedImage cached{name, image.reference, list.shown(placement)};
      if (image.is_in_images && !cached.placement) continue;
      if (!rooms[nodes_of(cached)].takes(config::bytes_of({cached})))
        out.left_out.push_back({image.reference.text, "the DaemonSet would become too large"});
      else
        more.push_back(std::move(cached));
    }
  }
  std::stable_sort(more.begin(), more.end(), [](const CachedImage& a, const CachedImage& b) {
    return a.name != b.name ? a.name < b.name : nodes_of(a) < nodes_of(b);
  });
  settings.images.insert(settings.images.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
  out.settings = std::move(settings);
  return out;
}

}  // namespace kip::core
