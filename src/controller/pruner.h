// After DAEMONSET_NAME was changed, the DaemonSet of the old name is still there: our own
// Deployment or resource owns it, so nobody else would remove it. Belongs to the loop.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::controller {

struct Leftover {
  std::string name, uid;
  bool operator==(const Leftover&) const = default;
};

// True if we made this DaemonSet for this very owner (our label, an owner reference with its UID).
bool is_made_for(const json& daemonset, const core::OwnerReference& owner);

class Pruner {
 public:
  Pruner(kube::Client client, Scheduler& scheduler, std::string namespace_name);

  // Looks for them among the DaemonSets of the namespace, at the first call.
  void look_once(const config::Settings& settings, const core::OwnerReference& owner);
  // One that was found otherwise.
  void add(Leftover leftover);
  // Begins to remove.
  void start();

 private:
  void look(const std::string& daemonset_name, const core::OwnerReference& owner,
            const std::string& continue_token);
  void on_page(const json& list, const std::string& daemonset_name,
               const core::OwnerReference& owner);
  void keep(Leftover leftover);
  void remove_next();

  const kube::Client client_;
  const kube::Collection daemonsets_;
  std::vector<Leftover> found_;
  Leftover removing_;
  bool looked_ = false, started_ = false;
  kube::Poll poll_;
};

}  // namespace kip::controller
