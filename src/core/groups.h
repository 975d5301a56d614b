// The DaemonSets that settings ask for: one for each set of pull secrets that images are pulled
// with, and for each placement. A node's kubelet remembers with which secrets an image was pulled,
// and asks its registry again for a pod that has not these; so an image that needs none is in no
// pod that has some. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/desired.h"

namespace kip::core {

// The settings of each DaemonSet: its name, its images, which have no placement of their own any
// more as the settings have it, and in image_pull_secrets all that these are pulled with – the ones
// with a prefix first. Sorted by the secrets, then by the placement; at least one. The images that
// neither a prefix nor a placement is for have DAEMONSET_NAME, the others a name of their own
// (group_name), and part_of. Without prefixes and placements that is one DaemonSet, of these very
// settings.
std::vector<config::Settings> groups_of(config::Settings settings);

// True if groups_of() is these very settings.
bool is_one_daemonset(const config::Settings& settings);

// DAEMONSET_NAME, the names of the secrets and the values of the node selector as far as there is
// room in 63 bytes, and a checksum of all and of the whole placement: it stays when images come and
// go. `secrets`: sorted, each once; not empty where there is no placement.
std::string group_name(const std::string& daemonset_name, const std::vector<std::string>& secrets,
                       const std::optional<config::Placement>& placement = std::nullopt);

// What a DaemonSet's pods get: image_pull_secrets, and those whose prefix is for the image that
// sleep is taken from or for that of the agent, as every pod pulls these.
std::vector<std::string> pull_secrets(const config::Settings& settings, const Facts& facts);

}  // namespace kip::core
