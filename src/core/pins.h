// Pins that agents leave on nodes (CACHE_MODE=agent). They outlive the pods, so who leaves the mode
// has them taken away: when another mode, or another DaemonSet, has the images on every node, a
// DaemonSet of its own runs `release` once on each node, and goes. That there may be pins is marked
// on the DaemonSet until then, so that a restart in between goes on. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"

namespace kip::core {

// Names of namespaces have no dot, so no two DaemonSets have one instance; no longer than the agent
// takes it.
std::string pins_instance(const std::string& namespace_name, const std::string& daemonset_name);

// The instance whose pins the nodes of this DaemonSet may have; empty: none. Looks at its metadata
// alone.
std::string pinned_by(const json& daemonset);

// The name of the DaemonSet that takes them away.
std::string release_name(const std::string& daemonset_name);

// It, for the nodes of `settings`; `daemonset` is its owner, so that it goes with that.
json release_daemonset(const config::Settings& settings, const Facts& facts, const json& daemonset);

// True if an object is one of these.
bool is_releasing(const json& daemonset);

// How far that is; nothing: its controller has not looked yet.
struct Release {
  std::int64_t nodes = 0, left = 0;
  bool operator==(const Release&) const = default;
};
std::optional<Release> release_of(const json& releasing);

}  // namespace kip::core
