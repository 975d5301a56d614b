// A temporary list of images, as `kubernetes-image-puller warm` leaves it for the service: a
// ConfigMap with a label and an expiry (docs/release-gate.md). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "core/desired.h"
#include "core/wanted_images.h"

namespace kip::core {

// The value is of_daemonset() of the DAEMONSET_NAME whose service is to follow it.
inline constexpr const char* warm_list_label = "che.eclipse.org/image-puller-warm-list";
// RFC 3339.
inline constexpr const char* warm_list_until = "che.eclipse.org/image-puller-warm-until";

struct WarmList {
  std::string name;  // a DNS label
  WallTime until;    // from then on it does not count
  std::vector<WantedImage> images;
  bool operator==(const WarmList&) const = default;
};

// More images, each with its placement, no list has: the service has one thread for all.
inline constexpr std::size_t most_warm_images = 1000;

// As it stands in a list: what read_placement and check_size of it say.
Result<config::Placement> read_warm_placement(const json& value);

// The value of a label for a DAEMONSET_NAME, which may be longer than one can be.
std::string of_daemonset(const std::string& daemonset_name);
// The ConfigMap's name.
std::string warm_list_object(const std::string& list_name);

json warm_list_configmap(const WarmList& list, const std::string& namespace_name,
                         const std::string& daemonset_name,
                         const std::optional<OwnerReference>& owner);
// An error where it is none as a whole; an image that cannot be read is an error, too, as half a
// list is no gate.
Result<WarmList> read_warm_list(const json& configmap);

// When it expires; none: it does not say so, and never counted.
std::optional<WallTime> until(const json& configmap);

}  // namespace kip::core
