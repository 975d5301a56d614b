#include "core/groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "core/placement.h"
#include "types/image_names.h"

namespace kip::core {

namespace {

constexpr std::size_t short_name = 63;    // what people can read, and labels can hold
constexpr std::size_t long_name = 253;    // what an object's name may have
constexpr std::size_t checksum_size = 8;  // enough for the few sets of one configuration

using Names = std::vector<std::string>;

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Of the secrets with a prefix, those that `is_wanted` takes, each once, in the order of the
// setting; but none that every image gets anyway.
template <class IsWanted>
Names scoped_names(const config::Settings& settings, IsWanted is_wanted) {
  Names names;
  for (const auto& secret : settings.scoped_pull_secrets)
    if (is_wanted(secret) && !holds(names, secret.name) &&
        !holds(settings.image_pull_secrets, secret.name))
      names.push_back(secret.name);
  return names;
}

std::string cut_name(std::string name, std::size_t size) {
  name.resize(std::min(name.size(), size));
  name.erase(name.find_last_not_of("-.") + 1);
  return name;
}

}  // namespace

std::string group_name(const std::string& daemonset_name, const Names& secrets,
                       const std::optional<config::Placement>& placement) {
  std::string readable = joined(secrets, "-"), all = joined(secrets, ";");
  std::replace(readable.begin(), readable.end(), '.', '-');
  if (placement) {
    all += ";" + text_of(*placement);
    std::string nodes;
    for (const auto& [key, value] : placement->node_selector.items())
      if (value.is_string()) nodes += value.get<std::string>() + "-";
    nodes = types::dns_label_of(nodes);
    readable += (readable.empty() ? "" : "-") + (nodes.empty() ? "nodes" : nodes);
  }
  const std::string sum = "-" + checksum(daemonset_name + ";" + all).substr(0, checksum_size);
  const std::size_t room = short_name - sum.size();
  // A name that is longer by itself is kept as long as it may be.
  return cut_name(daemonset_name + "-" + readable,
                  std::max(room, std::min(daemonset_name.size(), long_name - sum.size()))) +
         sum;
}

bool is_one_daemonset(const config::Settings& settings) {
  return settings.scoped_pull_secrets.empty() &&
         std::none_of(settings.images.begin(), settings.images.end(),
                      [](const auto& image) { return image.placement.has_value(); });
}

std::vector<config::Settings> groups_of(config::Settings settings) {
  if (is_one_daemonset(settings) || settings.images.empty()) {
    std::vector<config::Settings> one;
    one.push_back(std::move(settings));
    return one;
  }
  // Of the placement the text, which can be sorted.
  struct Group {
    std::optional<config::Placement> placement;
    std::vector<config::CachedImage> images;
  };
  std::map<std::pair<Names, std::string>, Group> by_key;
  for (auto& image : settings.images) {
    Names names = scoped_names(settings, [&](const config::ScopedSecret& secret) {
      return secret.images.matches(image.reference);
    });
    std::sort(names.begin(), names.end());
    auto placement = std::exchange(image.placement, std::nullopt);
    std::string text = placement ? text_of(*placement) : "";
    Group& group = by_key[{std::move(names), std::move(text)}];
    group.placement = std::move(placement);
    group.images.push_back(std::move(image));
  }
  settings.images.clear();
  const config::Placement nodes_of_all = placement_of(settings);
  std::vector<config::Settings> groups;
  groups.reserve(by_key.size());
  for (auto& [key, of_group] : by_key) {
    const Names& names = key.first;
    config::Settings& group = groups.emplace_back(settings);
    group.images = std::move(of_group.images);
    if (of_group.placement) put_placement(*of_group.placement, group);
    if (names.empty() && !of_group.placement) continue;
    group.part_of = settings.daemonset_name;
    group.nodes_of_all = nodes_of_all;
    group.daemonset_name = group_name(settings.daemonset_name, names, of_group.placement);
    // In the order of the setting, as the kubelet tries those of one key in the order of the pod.
    group.image_pull_secrets = scoped_names(
        settings,
        [&holders = names](const config::ScopedSecret& each) { return holds(holders, each.name); });
    group.image_pull_secrets.insert(group.image_pull_secrets.end(),
                                    settings.image_pull_secrets.begin(),
                                    settings.image_pull_secrets.end());
  }
  return groups;
}

std::vector<std::string> pull_secrets(const config::Settings& settings, const Facts& facts) {
  Names names = settings.image_pull_secrets;
  if (settings.scoped_pull_secrets.empty()) return names;
  std::vector<std::string> ours = {kip_image(settings, facts)};
  if (settings.cache_mode == config::CacheMode::agent) ours.push_back(agent_image(settings, facts));
  const auto is_for_ours = [&](const config::ScopedSecret& secret) {
    return std::any_of(ours.begin(), ours.end(), [&](const std::string& text) {
      const auto image = types::parse_image_reference(text);
      return image && secret.images.matches(*image);
    });
  };
  for (auto& name : scoped_names(settings, is_for_ours)) names.push_back(std::move(name));
  return names;
}

}  // namespace kip::core
