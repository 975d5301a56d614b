// What is wanted, from one place: a temporary list, what workloads use, what somebody publishes.
// Level-based: it says what is wanted now, and not what has changed. It knows no CACHE_MODE.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "controller/missing_rules.h"
#include "core/wanted_images.h"

namespace kip::controller {

using core::WantedImage;

// Whom sources work for, where that is not the service of a Deployment.
struct SourcesFor {
  json owner = nullptr;             // the owner reference of what they store; null: the Deployment
  MissingRules* missing = nullptr;  // shared by many; null: each tells for itself. Outlives them

  void tell_missing(const char* message, const std::string& rule, log::Fields fields = {}) const {
    if (missing != nullptr) return missing->tell(message, rule, std::move(fields));
    kube::warn_of_missing_rule(message, rule, std::move(fields));
  }
};

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
  // What it may not see, in words for whom it works for; `on_change` tells of news of it.
  virtual std::vector<std::string> troubles() const { return {}; }
};

}  // namespace kip::controller
