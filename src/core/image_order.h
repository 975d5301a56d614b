// What is done about images that fail, for the sake of the others. Pure.
//
// Where a node takes images one after another (CACHE_MODE=pin) or all before its one container
// starts (volume), one that fails would keep those behind it from the node: so it comes last. Where
// each has its container (sleep), one that fails makes the pod unready, and pods that are not Ready
// Kubernetes replaces on all nodes at once: so one that its registry does not have, and no node, is
// left out until the registry has it. Where an agent pulls, each image is pulled whatever becomes
// of the others, and pinned also while the pod is not Ready: one that fails is only told.
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
// True where one that nobody has is left out of the pods.
bool are_absent_left_out(config::CacheMode mode);

// The images that come last in a template which changes anyway: those that fail on a node, those
// that their registry denies while no node has them, and those that were last before and did not
// come to any node since. Where each image has its container: those that are left out. None where
// an agent pulls. `record` is that of the present template; `tags` null: no registry is asked.
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

// An image that fails on nodes, is on none of them, and that its registry says it does not have:
// when it is to be left out. Never all of them.
std::optional<HoldUp> absentee(const config::Settings& settings, const TemplateRecord& record,
                               const Pods& pods, const Tags* tags);

}  // namespace kip::core
