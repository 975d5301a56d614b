// DaemonSets that the settings ask for no more: of an earlier DAEMONSET_NAME, or for pull secrets
// that no image has any more. Our own Deployment or resource owns them, so nobody else would remove
// them. Finds those that no watch tells of, and removes what it is told to. Belongs to the loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::controller {

struct Leftover {
  std::string name, uid;
  bool operator==(const Leftover&) const = default;
};

class Pruner {
 public:
  struct Sink {
    std::function<bool(const json& metadata)> may_be_one;     // of an object without its spec
    std::function<void(const json& daemonset)> on_daemonset;  // the whole of one that may be
  };
  Pruner(kube::Client client, Scheduler& scheduler, std::string namespace_name, Sink sink);

  // At the first call: reads the DaemonSet `name`, unless that is empty, and looks through all of
  // the namespace that have our label, if `everywhere`.
  void look_once(const std::string& name, bool everywhere);

  // Removes it, and tries until it is gone.
  void remove(Leftover leftover);
  // It is asked for again.
  void forget(const std::string& name);
  bool is_busy() const { return !leftovers_.empty(); }
  // Called each time all are removed.
  void on_idle(std::function<void()> listener) { idle_listener_ = std::move(listener); }

 private:
  void look(const std::string& continue_token);
  void on_page(const json& list);
  void read_next();
  void remove_next();

  const kube::Client client_;
  const kube::Collection daemonsets_;
  const Sink sink_;
  std::vector<std::string> to_read_;
  std::vector<Leftover> leftovers_;
  Leftover removing_;
  std::function<void()> idle_listener_;
  bool looked_ = false;
  kube::Poll reading_, writing_;
};

}  // namespace kip::controller
