#include "core/status.h"

#include <utility>

namespace kip::core {

PullerStatus puller_status(const config::Settings& settings, Finding finding, const json& daemonset,
                           const Pods& pods, std::size_t held, WallTime now) {
  return {.finding = std::move(finding),
          .has_daemonset = !daemonset.is_null(),
          .rollout = rollout(daemonset, held),
          .images = image_coverage(settings.images, pods),
          .failures = failures(pods, now)};
}

}  // namespace kip::core
