// What to do next: desired × observed → one action, as data. Pure, so that every behaviour over
// time is a table test. A chain of checks, each named after its finding; the first that has
// something to say decides. Nothing is remembered between calls: after a delete, seeing nothing
// there is what leads to the create.
#pragma once

#include <cstdint>
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
#include "core/reasons.h"
#include "core/refresh.h"

namespace kip::core {

enum class OwnerState {
  none,     // no DEPLOYMENT_NAME, or the Deployment was never there: no owner reference
  present,  // Facts::owner is it
  leaving,  // it was there, and is being removed or is gone
};

struct Action {
  enum class Kind { none, create, replace, remove };
  Kind kind = Kind::none;
  // create, replace: the whole DaemonSet. remove: the one that is to be made when this one is gone,
  // which the API server has to accept in a dry run before; null where none is.
  json object;
  json metadata = {};    // of it, only what we want there
  std::string uid = {};  // of what the action was decided on; empty for create
  // The first with image volumes: an API server that does not know them drops them without a word,
  // so it is to show in a dry run that it keeps them.
  bool is_to_be_shown = false;
  // Leads to the first pods with an agent, which mount a folder of the node: the namespace may
  // refuse these, so that is looked at before.
  bool is_first_agent = false;
};

// The API server's answer to what was last offered to it: a policy, a quota or the object itself
// is against it.
struct Refused {
  std::string message;  // its own words
  WallTime until;       // when it is offered again, if nothing changes before
  Action::Kind kind;    // others may be accepted: a policy on updates says nothing of a create
};

// What a spec depends on that was compared and found as wanted, but for the settings and
// `tolerated`: an event of the status, which is most of them, does not build and compare it anew.
struct ComparedSpec {
  std::uint64_t revision = 0;  // Observed::spec_revision
  Facts facts;
  types::NodeCount max_surge;
  bool operator==(const ComparedSpec&) const = default;
};

struct Observed;

// Images that were looked at, and none was due.
struct CheckedImages {
  CheckedImages(const Observed& seen, bool is_rolled_out, Due found);
  bool is_of(const Observed& seen, bool is_rolled_out) const;

  std::uint64_t spec_revision, tags_revision, pods_revision, record;
  bool rolled_out;
  Due due;
};

struct Observed {
  Facts facts;
  OwnerState owner = OwnerState::none;
  // As the API server told it; null: there is none of that name. Not owned.
  const json* daemonset = nullptr;
  std::uint64_t spec_revision = 0;  // another number whenever its spec is another
  // Of the plan before, with the same settings and `tolerated`; null: there is none. Not owned.
  const ComparedSpec* spec_as_wanted = nullptr;
  // Of the plan before, with the same settings; null: there is none. Not owned.
  const CheckedImages* checked_images = nullptr;
  const Tags* tags = nullptr;  // null: no registry is asked from here, so all is by time. Not owned
  const Pods* pods = nullptr;  // not null where `tags` is not. Not owned
  std::size_t held = 0;        // HeldNodes::count()
  // Nodes that the DaemonSet which was there before was for; none: not known.
  std::optional<std::size_t> nodes_before;
  std::optional<WallTime> sleeping_since;  // Sleepers::since()
  std::size_t held_places = 0;             // HeldNodes::places()
  bool may_update = true;          // false: the Role lacks update, as that of the Go version does
  std::optional<Refused> refused;  // until the settings change, or it was accepted
  // What the API server's answer to our last write still had otherwise: its own defaults, or a
  // webhook's. Writing again would not change it.
  std::set<Difference> tolerated;
  // UIDs of owners that the DaemonSet may have beside ours: the operator takes over from them.
  std::set<std::string> predecessors;
  bool are_pins_released = false;  // what the mark of pins on the DaemonSet is of
  // "pod p on node n": one of those that a DaemonSet that is being deleted waits for; may be empty.
  std::string pod_left;
};

struct Plan {
  Finding finding;
  Action action;
  std::optional<WallTime> requeue_at;  // the earliest time at which the answer may change by itself
  std::optional<ComparedSpec> spec_as_wanted = {};  // if it is
  std::optional<CheckedImages> checked_images = {};
  // Of images whose registry was asked; nothing: it was not looked, so what was told holds on.
  std::optional<std::vector<ImageNotice>> notices = {};
  std::vector<types::ImageReference> disagreeing = {};  // Due::disagreeing
  // Pins of an agent can be taken away, as the nodes hold the images in another way.
  bool may_release_pins = false;
};

Plan plan(const config::Settings& settings, const Observed& observed, WallTime now);

}  // namespace kip::core
