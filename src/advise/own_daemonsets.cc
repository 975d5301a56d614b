#include "advise/own_daemonsets.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/first_pull.h"
#include "core/held_images.h"
#include "core/pins.h"
#include "discovery/image_key.h"
#include "types/object.h"

namespace kip::advise {

namespace {

// What the API server puts behind generateName, which it cuts to 58 bytes before
// (k8s.io/apiserver/pkg/storage/names).
constexpr std::size_t random_length = 5, longest_base = 63 - random_length;
constexpr std::string_view random_characters = "bcdfghjklmnpqrstvwxz2456789";

bool is_random(std::string_view text) {
  return text.size() == random_length &&
         text.find_first_not_of(random_characters) == std::string_view::npos;
}

std::optional<WallTime> ready_since(const json& pod) {
  for (const auto& condition : array_at(pod, "/status/conditions"))
    if (string_at(condition, "/type") == "Ready" && string_at(condition, "/status") == "True")
      return from_rfc3339(string_at(condition, "/lastTransitionTime"));
  return std::nullopt;
}

}  // namespace

void OwnDaemonSets::add(const json& daemonset) {
  const auto [at_key, is_new] = daemonsets_.try_emplace(object::key(daemonset));
  if (!is_new) return;
  // Its images are not in it yet, or it lets those of another go.
  if (core::is_asleep(daemonset) || core::is_releasing(daemonset)) return;
  DaemonSet& own = at_key->second;
  for (auto& held : core::held_images(at(daemonset, "/spec/template/spec"))) {
    holders_.emplace(discovery::image_key(held.reference), &own);
    own.images.push_back({std::move(held.name), std::move(held.reference)});
  }
}

void OwnDaemonSets::add_pod(const json& pod) {
  const std::string node = string_at(pod, "/spec/nodeName");
  const auto since = ready_since(pod);
  if (node.empty() || !since) return;
  const auto found = daemonsets_.find(
      object::key(object::namespace_name(pod), object::owner_of_kind(pod, "DaemonSet")));
  if (found == daemonsets_.end()) return;
  // In a refresh there are two for a while.
  const auto [at_node, is_new] = found->second.ready.try_emplace(node, *since);
  if (!is_new) at_node->second = std::min(at_node->second, *since);
}

bool OwnDaemonSets::is_name_of_own_pod(const std::string& namespace_name,
                                       const std::string& pod) const {
  if (pod.size() <= random_length ||
      !is_random(std::string_view(pod).substr(pod.size() - random_length)))
    return false;
  const std::string base = pod.substr(0, pod.size() - random_length);
  const auto is_base = [&](const std::string& name) {
    return base == (name + "-").substr(0, longest_base);
  };
  return std::any_of(daemonsets_.begin(), daemonsets_.end(), [&](const auto& each) {
    const std::string& key = each.first;
    const auto slash = key.find('/');
    return slash != std::string::npos && key.substr(0, slash) == namespace_name &&
           is_base(key.substr(slash + 1));
  });
}

std::vector<ListedImage> OwnDaemonSets::listed() const {
  std::vector<ListedImage> list;
  std::set<std::string> seen;
  for (const auto& [key, own] : daemonsets_)
    for (const auto& image : own.images)
      if (seen.insert(discovery::image_key(image.reference)).second) list.push_back(image);
  return list;
}

std::optional<WallTime> OwnDaemonSets::held_since(const std::string& image,
                                                  const std::string& node) const {
  std::optional<WallTime> since;
  const auto [begin, end] = holders_.equal_range(image);
  for (auto each = begin; each != end; ++each)
    if (const auto found = each->second->ready.find(node); found != each->second->ready.end())
      since = std::min(since.value_or(found->second), found->second);
  return since;
}

}  // namespace kip::advise
