// DaemonSets that the settings ask for no more: those of earlier settings, or for pull secrets that
// no image has any more. Each goes when its images are elsewhere. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "controller/pin_releaser.h"
#include "controller/pod_informer.h"
#include "controller/pruner.h"
#include "controller/surroundings.h"
#include "core/handover.h"
#include "kube/client.h"
#include "loop/scheduler.h"

namespace kip::controller {

class Leftovers {
 public:
  // What the settings do ask for.
  struct Kept {
    std::function<const config::Settings&()> settings;
    std::function<bool(const std::string& daemonset_name)> has;
    std::function<std::vector<core::Taker>()> takers;
  };
  // `surroundings` and `pods` outlive it.
  Leftovers(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
            const Surroundings& surroundings, const PodInformer& pods, Kept kept);

  // One that is there and that nobody follows; null is none. It may be none of ours.
  void put(const json& daemonset);
  // It is asked for again.
  void forget(const std::string& daemonset_name);
  // At the first call, looks for those that no watch tells of: the one of DAEMONSET_NAME, and
  // `everywhere` in the namespace.
  void look_once(bool everywhere);
  // Nothing is removed before start(), nor after stop().
  void start() { is_started_ = true; }
  void stop() { is_started_ = false; }
  // Removes those whose images are elsewhere.
  void remove_free();
  // The end, after stop(): removes all if the surroundings have no reason to leave them. `done` is
  // called once they are gone, or after 5 s; also from inside the call.
  void shut_down(std::function<void()> done);

  // The last that is known of each.
  const std::map<std::string, json>& all() const { return found_; }

 private:
  bool is_one(const json& daemonset) const;
  bool has_pins(const std::string& name, const json& daemonset);
  bool holds_images(const std::string& name, const json& daemonset,
                    const std::vector<core::Taker>& takers) const;

  const kube::Client client_;
  Scheduler& scheduler_;
  const Surroundings& surroundings_;
  const PodInformer& pods_;
  const Kept kept_;
  std::map<std::string, json> found_;  // by name, as they were found
  Pruner pruner_;
  bool is_started_ = false;
  // By name: those whose nodes may have pins, which go first.
  std::map<std::string, std::unique_ptr<PinReleaser>> releasing_;
  std::set<std::string> released_;  // by uid
  HandlePtr deadline_, later_;
};

}  // namespace kip::controller
