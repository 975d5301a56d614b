#include "core/handover.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "core/held_images.h"

namespace kip::core {

namespace {

using config::CachedImage;

const CachedImage* named(const std::vector<CachedImage>& images, const std::string& name) {
  const auto found = std::find_if(images.begin(), images.end(),
                                  [&](const CachedImage& image) { return image.name == name; });
  return found == images.end() ? nullptr : &*found;
}

const CachedImage* of_reference(const std::vector<CachedImage>& images, const std::string& text) {
  const auto found = std::find_if(images.begin(), images.end(), [&](const CachedImage& image) {
    return image.reference.text == text;
  });
  return found == images.end() ? nullptr : &*found;
}

// The one of this reference, or of any if that is empty.
bool has_copy(const PodSummary& pod, const std::string& container, const std::string& reference) {
  return std::any_of(pod.copies->begin(), pod.copies->end(), [&](const Copy& copy) {
    return copy.name == container && (reference.empty() || copy.reference == reference);
  });
}

// What else is wrong with a node passes, mostly, and then the pod takes the image.
constexpr Duration until_node_is_given_up = std::chrono::minutes{5};

bool cannot_run(const PodSummary& pod, WallTime now) {
  const PodFailure* failure = failure_at(pod, now);
  return failure != nullptr && (failure->kind == PodFailure::Kind::unschedulable ||
                                now >= failure->from + until_node_is_given_up);
}

// The nodes that the taker is for, as far as they have a pod of it: all, by its own status.
std::optional<std::set<std::string_view>> nodes_of(const Taker& taker) {
  std::set<std::string_view> nodes;
  for (const auto& [name, pod] : taker.pods)
    if (!pod.deleting) nodes.insert(pod.node);
  if (static_cast<std::int64_t>(nodes.size()) < taker.rollout.desired) return std::nullopt;
  return nodes;
}

// Each node where the giver has the image in `container` has `image` by the taker, too, or a pod of
// it that cannot run there at all; or the taker is not for it.
bool is_on_its_nodes(const Giver& giver, const std::string& container, const Taker& taker,
                     const CachedImage& image, WallTime now) {
  std::set<std::string_view> nodes;
  for (const auto& [name, pod] : taker.pods)
    if ((!pod.deleting && has_copy(pod, image.name, image.reference.text)) || cannot_run(pod, now))
      nodes.insert(pod.node);
  const auto of_taker = nodes_of(taker);
  return std::all_of(giver.pods.begin(), giver.pods.end(), [&](const auto& entry) {
    const std::string& node = entry.second.node;
    return !has_copy(entry.second, container, "") || nodes.contains(node) ||
           (of_taker && !of_taker->contains(node));
  });
}

bool has_taken(const Giver& giver, const std::string& container, const Taker& taker,
               const CachedImage& image, bool are_pods_known, WallTime now) {
  if (!taker.is_steady || !taker.rollout.is_observed) return false;
  const auto held = images_of(taker.daemonset);
  if (std::find(held.begin(), held.end(), image) == held.end()) return false;
  if (taker.rollout.is_warm()) return true;
  // Pods that its status counts and that nobody told of are not pods that hold nothing.
  const bool are_all_told =
      giver.pods.size() > 0 || int_at(giver.daemonset, "/status/numberReady") == 0;
  return are_pods_known && are_all_told && is_on_its_nodes(giver, container, taker, image, now);
}

}  // namespace

std::vector<CachedImage> images_of(const json& daemonset) {
  std::vector<CachedImage> images;
  for (auto& held : held_images(at(daemonset, "/spec/template/spec")))
    if (auto reference = types::parse_image_reference(held.reference))
      images.push_back({std::move(held.name), *std::move(reference)});
  return images;
}

std::vector<std::string> held_secrets(const json& daemonset) {
  std::vector<std::string> names;
  for (const auto& secret : array_at(daemonset, "/spec/template/spec/imagePullSecrets"))
    names.push_back(string_at(secret, "/name"));
  return names;
}

std::vector<CachedImage> kept_images(const Giver& giver, const std::vector<Taker>& takers,
                                     bool are_pods_known, WallTime now) {
  static const std::vector<CachedImage> none;
  const auto own_settings = std::find_if(takers.begin(), takers.end(), [&](const Taker& taker) {
    return taker.settings.daemonset_name == giver.name;
  });
  const auto& own = own_settings == takers.end() ? none : own_settings->settings.images;
  std::vector<CachedImage> kept;
  for (auto& held : images_of(giver.daemonset)) {
    if (of_reference(own, held.reference.text) != nullptr) continue;
    const bool has_own_name = named(own, held.name) != nullptr;
    for (const auto& taker : takers) {
      if (taker.settings.daemonset_name == giver.name) continue;
      const CachedImage* wanted = of_reference(taker.settings.images, held.reference.text);
      // Of another tag, perhaps: the old one stays until the new one is there.
      if (wanted == nullptr && !has_own_name) wanted = named(taker.settings.images, held.name);
      if (wanted == nullptr || has_taken(giver, held.name, taker, *wanted, are_pods_known, now))
        continue;
      // What is wanted elsewhere has a name that is none of our own.
      CachedImage image{has_own_name ? wanted->name : held.name, held.reference};
      if (named(kept, image.name) == nullptr) kept.push_back(std::move(image));
      break;
    }
  }
  return kept;
}

config::Settings with_kept(config::Settings settings, std::vector<CachedImage> kept,
                           const json& daemonset) {
  if (kept.empty()) return settings;
  auto secrets = held_secrets(daemonset);
  for (auto& secret : settings.image_pull_secrets)
    if (std::find(secrets.begin(), secrets.end(), secret) == secrets.end())
      secrets.push_back(std::move(secret));
  settings.image_pull_secrets = std::move(secrets);
  // In the order that is there: another one would replace the pods for nothing.
  std::vector<CachedImage> all = std::move(kept);
  all.insert(all.end(), settings.images.begin(), settings.images.end());
  const auto held = images_of(daemonset);
  const auto place = [&](const CachedImage& image) { return named(held, image.name); };
  std::stable_sort(all.begin(), all.end(), [&](const CachedImage& a, const CachedImage& b) {
    const auto *of_a = place(a), *of_b = place(b);
    if (of_a == nullptr || of_b == nullptr) return of_a != nullptr;
    return of_a < of_b;
  });
  settings.images = std::move(all);
  return settings;
}

}  // namespace kip::core
