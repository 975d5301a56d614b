// What to do next: desired × observed → one action, as data. Pure, so that every behaviour over
// time is a table test. A chain of checks, each named after its finding; the first that has
// something to say decides. Nothing is remembered between calls: after a delete, seeing nothing
// there is what leads to the create.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/desired.h"
#include "core/difference.h"

namespace kip::core {

enum class OwnerState {
  none,     // no DEPLOYMENT_NAME, or the Deployment was never there: no owner reference
  present,  // Facts::owner is it
  leaving,  // it was there, and is being removed or is gone
};

struct Observed {
  Facts facts;
  OwnerState owner = OwnerState::none;
  json daemonset;               // null: there is none of that name
  std::size_t held = 0;         // HeldNodes::count()
  std::size_t held_places = 0;  // HeldNodes::places()
  bool may_update = true;       // false: the Role lacks update, as that of the Go version does
  // What the API server's answer to our last write still had otherwise: its own defaults, or a
  // webhook's. Writing again would not change it.
  std::set<Difference> tolerated;
  // UIDs of owners that the DaemonSet may have beside ours: the operator takes over from them.
  std::set<std::string> predecessors;
};

struct Finding {
  std::string reason;   // CamelCase, as in Events: "Absent", "Differs", …
  std::string message;  // constant per reason
  std::string detail;   // what varies; may be empty
  bool is_warning = false;
  bool operator==(const Finding&) const = default;
};

struct Action {
  enum class Kind { none, create, replace, remove };
  Kind kind = Kind::none;
  json object;                        // create, replace: the whole DaemonSet; remove: empty
  std::string uid, resource_version;  // what the action was decided on; empty for create
};

struct Plan {
  Finding finding;
  Action action;
  std::optional<WallTime> look_again;  // the earliest time at which the answer may change by itself
};

Plan plan(const config::Settings& settings, const Observed& observed, WallTime now);

// True if the DaemonSet is ours to change: it has our label, the selector of the Go image puller,
// or an owner reference to our Deployment. Where we work for a custom resource, several pullers may
// share a namespace: then no other custom resource or Deployment may own it, but for those of
// Observed::predecessors.
bool is_ours(const json& daemonset, const config::Settings& settings, const Observed& observed);

}  // namespace kip::core
