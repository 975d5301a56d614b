// In which order a node takes the images, where it takes them one after another (CACHE_MODE=pin) or
// all before its one container starts (volume): one that fails would keep those behind it from the
// node. So it comes last. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "config/settings.h"
#include "core/pods.h"
#include "core/refresh.h"
#include "core/template_record.h"

namespace kip::core {

// True where one image that fails keeps others from the node.
bool do_images_wait(config::CacheMode mode);

// The images that come last in a template which changes anyway: those that fail on a node, those
// that their registry denies while no node has them, and those that were last before and did not
// come to any node since. `record` is that of the present template; `tags` null: no registry is
// asked. None where each image has a container that stays.
std::vector<std::string> images_to_put_last(const config::Settings& settings,
                                            const TemplateRecord& record, const Pods& pods,
                                            const Tags* tags);

struct HoldUp {
  std::string detail;  // which image holds up which
  // When the template is to change for it. What fails may pass, and when a whole registry is away
  // each image would fail in its turn: the more are last already, the longer.
  WallTime from;
};

// An image that fails on a node and is not last, while others wait for it that might be pulled.
std::optional<HoldUp> hold_up(const config::Settings& settings, const TemplateRecord& record,
                              const Pods& pods, const Tags* tags);

}  // namespace kip::core
