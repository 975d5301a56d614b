#include "core/status.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kip::core {

namespace {

using Kind = const std::vector<Copy>*;

// How many nodes have pods of exactly these kinds. Pods share their Copies, so there are few
// entries, and what is done for each image is not done for each pod.
std::map<std::vector<Kind>, std::size_t> nodes_by_kinds(const Pods& pods) {
  std::unordered_map<std::string_view, Kind> first;
  std::unordered_map<std::string_view, std::vector<Kind>> several;
  first.reserve(pods.size());
  for (const auto& [name, pod] : pods) {
    if (pod.copies->empty()) continue;
    const auto [entry, is_new] = first.try_emplace(pod.node, pod.copies.get());
    if (is_new || entry->second == pod.copies.get()) continue;
    auto& kinds = several[pod.node];
    if (kinds.empty()) kinds.push_back(entry->second);
    kinds.push_back(pod.copies.get());
  }
  std::map<Kind, std::size_t> singles;
  for (const auto& [node, kind] : first) ++singles[kind];
  std::map<std::vector<Kind>, std::size_t> out;
  for (auto& [node, kinds] : several) {
    --singles[kinds.front()];
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    ++out[kinds];
  }
  for (const auto& [kind, nodes] : singles)
    if (nodes > 0) out[{kind}] += nodes;
  return out;
}

}  // namespace

std::vector<ImageCoverage> image_coverage(const std::vector<config::CachedImage>& images,
                                          const Pods& pods) {
  struct Found {
    std::size_t nodes = 0;
    std::map<std::string_view, std::size_t> digests;  // → nodes
  };
  using Key = std::pair<std::string_view, std::string_view>;  // a name, and a reference
  std::map<Key, Found> by_image;
  for (const auto& [kinds, nodes] : nodes_by_kinds(pods)) {
    std::set<Key> present;
    std::set<Copy> copies;
    for (const Kind kind : kinds) {
      for (const auto& copy : *kind) {
        const Key key{copy.name, copy.reference};
        if (present.insert(key).second) by_image[key].nodes += nodes;
        if (copies.insert(copy).second) by_image[key].digests[copy.digest] += nodes;
      }
    }
  }
  std::vector<ImageCoverage> list;
  list.reserve(images.size());
  for (const auto& image : images) {
    list.push_back({image.name, image.reference.text, "", 0});
    const auto found = by_image.find({image.name, image.reference.text});
    if (found == by_image.end()) continue;
    const auto& digests = found->second.digests;
    list.back().nodes = found->second.nodes;
    list.back().digest =
        std::max_element(digests.begin(), digests.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->first;
  }
  return list;
}

namespace {

// ErrImagePull carries the runtime's message, so it is the most telling; ImagePullBackOff only says
// that it is tried again later.
int rank(const std::string& reason, bool pull_failed) {
  if (reason == "ErrImagePull") return 0;
  if (reason == "ImagePullBackOff") return 2;
  return pull_failed ? 1 : 3;
}

void sort_once(std::vector<std::string>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

std::vector<ImageFailure> image_failures(const Pods& pods) {
  std::map<std::string_view, ImageFailure> by_name;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    for (const auto& waiting : pod->unwell->waiting) {
      auto [entry, is_new] = by_name.try_emplace(waiting.name);
      ImageFailure& failure = entry->second;
      failure.nodes.push_back(pod->node);
      if (is_new ||
          rank(waiting.reason, waiting.pull_failed) < rank(failure.reason, failure.pull_failed)) {
        failure.name = waiting.name;
        failure.image = waiting.image;
        failure.pull_failed = waiting.pull_failed;
        failure.reason = waiting.reason;
        failure.message = waiting.message;
      }
    }
  }
  std::vector<ImageFailure> list;
  for (auto& [name, failure] : by_name) {
    sort_once(failure.nodes);
    list.push_back(std::move(failure));
  }
  return list;
}

std::vector<NodeFailure> node_failures(const Pods& pods, WallTime now) {
  // A node that is down has an old pod that does not end and a new one that does not begin: the
  // kind that tells the cause comes first in the list of kinds.
  std::map<std::string_view, const PodFailure*> by_node;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    const PodFailure* failure = failure_at(*pod, now);
    if (failure == nullptr) continue;
    auto [entry, is_new] = by_node.try_emplace(pod->node, failure);
    if (!is_new && failure->kind < entry->second->kind) entry->second = failure;
  }
  std::map<std::string_view, NodeFailure> by_reason;
  for (const auto& [node, failure] : by_node) {
    auto [entry, is_new] = by_reason.try_emplace(failure->reason);
    if (is_new) entry->second = {failure->reason, failure->message, {}};
    entry->second.nodes.emplace_back(node);
  }
  std::vector<NodeFailure> list;
  list.reserve(by_reason.size());
  for (auto& [reason, failure] : by_reason) list.push_back(std::move(failure));
  return list;
}

}  // namespace

Failures failures(const Pods& pods, WallTime now) {
  return {image_failures(pods), node_failures(pods, now)};
}

std::optional<WallTime> next_failure(const Pods& pods, WallTime now) {
  std::optional<WallTime> earliest;
  for (const auto& [pod_name, pod] : pods.not_well())
    for (const auto& failure : pod->unwell->whole)
      if (failure.from > now && (!earliest || failure.from < *earliest)) earliest = failure.from;
  return earliest;
}

PullerStatus puller_status(const config::Settings& settings, Finding finding, const json& daemonset,
                           const Pods& pods, std::size_t held, WallTime now) {
  return {.finding = std::move(finding),
          .has_daemonset = !daemonset.is_null(),
          .rollout = rollout(daemonset, held),
          .images = image_coverage(settings.images, pods),
          .failures = failures(pods, now)};
}

namespace {

// A warning before what is under way, and that before what is at rest.
int rank(const Finding& finding) {
  if (finding.reason.empty()) return 3;
  if (finding.is_warning) return 2;
  return finding.reason == reasons::steady.name ? 0 : 1;
}

void add_node_failures(std::vector<NodeFailure> more, std::vector<NodeFailure>& list) {
  for (auto& failure : more) {
    const auto same = std::find_if(list.begin(), list.end(), [&](const NodeFailure& each) {
      return each.reason == failure.reason;
    });
    if (same == list.end()) {
      list.push_back(std::move(failure));
      continue;
    }
    std::vector<std::string> nodes;
    std::set_union(same->nodes.begin(), same->nodes.end(), failure.nodes.begin(),
                   failure.nodes.end(), std::back_inserter(nodes));
    same->nodes = std::move(nodes);
  }
  std::sort(list.begin(), list.end(),
            [](const NodeFailure& a, const NodeFailure& b) { return a.reason < b.reason; });
}

}  // namespace

PullerStatus merged(std::vector<PullerStatus> parts, const std::vector<std::string>& names,
                    const std::vector<config::CachedImage>& images) {
  PullerStatus all = std::move(parts.front());
  std::size_t worst = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    PullerStatus& part = parts[i];
    if (rank(part.finding) > rank(all.finding)) {
      worst = i;
      all.finding = std::move(part.finding);
    }
    all.has_daemonset = all.has_daemonset && part.has_daemonset;
    Rollout& rollout = all.rollout;
    rollout.is_observed = rollout.is_observed && part.rollout.is_observed;
    const auto missing = [](const Rollout& one, std::int64_t Rollout::*have) {
      return one.desired - one.*have;
    };
    const std::int64_t desired = std::max(rollout.desired, part.rollout.desired);
    for (const auto have : {&Rollout::updated, &Rollout::ready})
      rollout.*have = desired - std::max(missing(rollout, have), missing(part.rollout, have));
    rollout.desired = desired;
    rollout.held = std::max(rollout.held, part.rollout.held);
    all.images.insert(all.images.end(), part.images.begin(), part.images.end());
    for (auto& failure : part.failures.images) all.failures.images.push_back(std::move(failure));
    add_node_failures(std::move(part.failures.nodes), all.failures.nodes);
    for (auto& notice : part.notices) all.notices.push_back(std::move(notice));
  }
  std::sort(all.failures.images.begin(), all.failures.images.end(),
            [](const ImageFailure& a, const ImageFailure& b) { return a.name < b.name; });
  if (rank(all.finding) > 0)
    all.finding.detail =
        "DaemonSet " + names[worst] + (all.finding.detail.empty() ? "" : ": ") + all.finding.detail;
  // One that moves is in two for a while.
  std::map<std::string_view, const ImageCoverage*> best;
  for (const auto& each : all.images) {
    const auto [entry, is_new] = best.try_emplace(each.name, &each);
    if (!is_new && each.nodes > entry->second->nodes) entry->second = &each;
  }
  std::vector<ImageCoverage> ordered;
  for (const auto& image : images)
    if (const auto found = best.find(image.name); found != best.end()) {
      ordered.push_back(*found->second);
      best.erase(found);  // one for several placements is told once
    }
  all.images = std::move(ordered);
  return all;
}

}  // namespace kip::core
