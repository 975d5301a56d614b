// Whose a DaemonSet is. Pure.
#pragma once

#include <set>
#include <string>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"

namespace kip::core {

// UIDs of owners that a DaemonSet may have beside ours: the operator takes over from them.
using Predecessors = std::set<std::string>;

// True if the DaemonSet is ours to change: it has our label, the selector of the Go image puller,
// or an owner reference to our Deployment. Where we work for a custom resource, several pullers may
// share a namespace: then no other custom resource or Deployment may own it, but for predecessors.
bool is_ours(const json& daemonset, const config::Settings& settings, const Facts& facts,
             const Predecessors& predecessors);

// The owner that makes it another puller's, where we work for a custom resource; null: there is
// none. Lives as long as `daemonset`.
const json* other_owner(const json& daemonset, const Facts& facts,
                        const Predecessors& predecessors);

// True if an object has the label that we put on what we make.
bool has_our_label(const json& object);
// True of a DaemonSet or pod that holds images, or lets them go, and uses none: ours, another
// puller's, or the Go image puller's. Else what is held would be in use for ever.
bool is_of_a_puller(const json& object);
// The label selector of objects with our label.
std::string our_label_selector();

// True if the DaemonSet names the owner that `facts` say; also where they say none.
bool has_its_owner(const json& daemonset, const Facts& facts);

// True if we made this DaemonSet, which the settings do not ask for any more: it has our label, and
// the very owner that `facts` say or, where it has none, was one of several of this DAEMONSET_NAME.
// Looks at its metadata alone.
bool is_left_over(const json& daemonset, const std::string& daemonset_name, const Facts& facts);

}  // namespace kip::core
