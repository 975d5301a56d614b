// After DAEMONSET_NAME was changed, the DaemonSet of the old name is still there: our own
// Deployment owns it, so nobody else would remove it. Looks once, and removes what it finds.
// Belongs to the loop.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "base/backoff.h"
#include "base/json.h"
#include "base/scheduler.h"
#include "config/settings.h"
#include "core/desired.h"
#include "kube/transport.h"

namespace kip::runtime {

struct Leftover {
  std::string name, uid;
  bool operator==(const Leftover&) const = default;
};

// The DaemonSets of a list that we made for this very Deployment (our label, an owner reference
// with its UID) under another name than the settings'.
std::deque<Leftover> leftovers(const json& list, const config::Settings& settings,
                               const core::Owner& owner);

class Leftovers {
 public:
  Leftovers(kube::Transport& transport, Scheduler& scheduler)
      : transport_(transport), scheduler_(scheduler) {}

  // Call once.
  void remove(const config::Settings& settings, const core::Owner& owner);
  bool started() const { return started_; }

 private:
  void look();
  void remove_next();
  void again(const Error& error);

  kube::Transport& transport_;
  Scheduler& scheduler_;
  config::Settings settings_;
  core::Owner owner_;
  std::deque<Leftover> found_;
  Backoff backoff_;
  bool started_ = false;
  HandlePtr call_, timer_;
};

}  // namespace kip::runtime
