// What the core must know of the place that a puller works in: its owner, and whether this is
// OpenShift. One implementation for each kind of owner. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "core/desired.h"
#include "core/plan.h"

namespace kip::controller {

class Surroundings {
 public:
  virtual ~Surroundings() = default;

  // Asks until everything is answered. `on_change` is called each time an answer came in, also if
  // it says nothing new. Call once.
  virtual void start(std::function<void()> on_change) = 0;
  // Asks for the owner again, and until it is answered; on_change follows. What was asked before is
  // given up.
  virtual void look_at_owner() = 0;
  // How often the owner was answered for: that it is there, is not, or may not be read. Nothing
  // that is deleted or made after the owner rests on an answer from before.
  virtual std::uint64_t owner_reads() const = 0;

  // True once every question was answered.
  virtual bool is_known() const = 0;
  virtual const core::Facts& facts() const = 0;
  virtual core::OwnerState owner_state() const = 0;
  // The owner as last seen, null where there is none: what Events are about without a DaemonSet.
  virtual const json& owner() const = 0;
  // core::Observed::predecessors
  virtual std::set<std::string> predecessors() const { return {}; }
  // At our end: why the DaemonSet stays, by the last answer. Nothing: it goes.
  virtual std::optional<std::string> reason_to_stay() const = 0;
};

}  // namespace kip::controller
