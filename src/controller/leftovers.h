// After DAEMONSET_NAME was changed, the DaemonSet of the old name is still there: our own
// Deployment or resource owns it, so nobody else would remove it. Belongs to the loop.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"
#include "http/transport.h"
#include "kube/backoff.h"
#include "loop/scheduler.h"

namespace kip::controller {

struct Leftover {
  std::string name, uid;
  bool operator==(const Leftover&) const = default;
};

// True if we made this DaemonSet for this very owner (our label, an owner reference with its UID).
bool is_made_for(const json& daemonset, const core::Owner& owner);

class Leftovers {
 public:
  Leftovers(http::Transport& transport, Scheduler& scheduler, std::string namespace_name)
      : transport_(transport), scheduler_(scheduler), namespace_name_(std::move(namespace_name)) {}

  // Looks for them among the DaemonSets of the namespace, at the first call.
  void look_once(const config::Settings& settings, const core::Owner& owner);
  // One that was found otherwise.
  void add(Leftover leftover);
  // Begins to remove.
  void start();

 private:
  void look(const std::string& daemonset_name, const core::Owner& owner,
            const std::string& continue_token);
  void on_page(const json& list, const std::string& daemonset_name, const core::Owner& owner);
  void remove_next();
  void again(const Error& error, std::function<void()> what);

  http::Transport& transport_;
  Scheduler& scheduler_;
  const std::string namespace_name_;
  std::vector<Leftover> found_;
  kube::Backoff backoff_;
  std::string last_error_;
  bool looked_ = false, started_ = false;
  HandlePtr call_, timer_;
};

}  // namespace kip::controller
