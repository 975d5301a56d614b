// Images that move from one DaemonSet of ours to another, because other pull secrets are for them,
// or other nodes:
// the one that has them gives them up when the other has them. Decided from what is there, so that
// it may begin anew at any time. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/pods.h"
#include "core/rollout.h"

namespace kip::core {

// What a DaemonSet's template holds, whatever the CACHE_MODE. References that do not parse are left
// out.
std::vector<config::CachedImage> images_of(const json& daemonset);
// The pull secrets of its template.
std::vector<std::string> held_secrets(const json& daemonset);

// A DaemonSet that the settings ask for, as far as it is.
struct Taker {
  const config::Settings& settings;
  const json& daemonset;  // null: there is none
  bool is_steady;         // it is as the settings ask for
  Rollout rollout;
  const Pods& pods;
};

// One that has images: one of the takers, or one that is asked for no more.
struct Giver {
  const std::string& name;
  const json& daemonset;
  const Pods& pods;
};

// Images that `giver` has, and that another of `takers` is to have and has not yet on every node
// where the giver has it; each under a name that no other image of the giver's settings has. Nodes
// whose pod of the taker fails as a whole, and those that it is not for, are not waited for.
// `are_pods_known` false: all nodes are, by the DaemonSet's status.
std::vector<config::CachedImage> kept_images(const Giver& giver, const std::vector<Taker>& takers,
                                             bool are_pods_known, WallTime now);

// The settings of a DaemonSet that keeps these, with the secrets that it has.
config::Settings with_kept(config::Settings settings, std::vector<config::CachedImage> kept,
                           const json& daemonset);

}  // namespace kip::core
