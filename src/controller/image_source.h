// What is wanted, from one place: a temporary list, what workloads use, what somebody publishes.
// Level-based: it says what is wanted now, and not what has changed. It knows no CACHE_MODE.
#pragma once

#include <functional>
#include <vector>

#include "core/wanted_images.h"

namespace kip::controller {

using core::WantedImage;

// Owned by ImageSources. Belongs to the loop.
class ImageSource {
 public:
  virtual ~ImageSource() = default;

  // Begins to follow its place. Called once. `on_change` may be called at any time from then on,
  // but not from inside this call, whenever is_known() or images() say something else.
  virtual void start(std::function<void()> on_change) = 0;
  // From when on its list can be relied on; until then nothing is touched, so that a restart takes
  // no images away. One that is refused for good has to say so in the log, and is known: else
  // IMAGES would wait for it.
  virtual bool is_known() const = 0;
  // The most wanted first. What has become unreachable since is as it was last.
  virtual std::vector<WantedImage> images() const = 0;
};

}  // namespace kip::controller
