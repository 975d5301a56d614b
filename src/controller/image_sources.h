// All sources that settings ask for, as one (docs/design/sources.md). Owned by the service or by a
// Puller of the operator. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/image_source.h"
#include "controller/nats_images.h"
#include "core/wanted_images.h"
#include "http/transport.h"
#include "loop/scheduler.h"

namespace kip::controller {

class ImageSources {
 public:
  explicit ImageSources(std::vector<std::unique_ptr<ImageSource>> sources);

  // Again does nothing. `on_change` may be called from inside a source: what it leads to begins
  // from the loop.
  void start(std::function<void()> on_change);
  // All are; at once where there is none.
  bool are_known() const;
  // With what the sources want now. What is left out is told in the log, when it is another than at
  // the call before.
  config::Settings applied_to(config::Settings settings);
  // What they may not see.
  std::vector<std::string> troubles() const;

 private:
  void tell_left_out(std::vector<core::LeftOutImage> left_out);

  const std::vector<std::unique_ptr<ImageSource>> sources_;
  std::vector<core::LeftOutImage> told_;  // sorted
  std::size_t placements_too_many_ = 0;
  bool is_started_ = false;
};

// Those that the settings ask for. `subscribe` may be empty: then nothing that is published counts.
std::vector<std::unique_ptr<ImageSource>> sources_of(http::Transport& transport,
                                                     Scheduler& scheduler,
                                                     const config::Settings& settings,
                                                     const SourcesFor& whom = {},
                                                     const Subscribe& subscribe = {});
// True if sources_of() makes the same ones of both.
bool have_same_sources(const config::Settings& a, const config::Settings& b);

}  // namespace kip::controller
