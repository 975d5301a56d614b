// The DaemonSet as the API server last told it: kept current by a watch, by the answers to our own
// writes, and by a look when asked for. Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/scheduler.h"
#include "kube/transport.h"
#include "kube/watch.h"

namespace kip::runtime {

class DaemonSetStore {
 public:
  DaemonSetStore(kube::Transport& transport, Scheduler& scheduler, std::string namespace_name,
                 std::string name, std::function<void()> on_change);

  void start();
  // False until the first list came in.
  bool known() const { return watch_.synced(); }
  // True while the API server answers the watch.
  bool healthy() const { return watch_.healthy(); }
  const json& object() const { return object_; }  // null: there is none

  // The answer to a request of ours. The watch may have told what came after it, as both come by
  // connections of their own: then it changes nothing.
  void put_answer(json object);
  // Reads it now: after a conflict, the watch may be behind. on_change follows, unless the read
  // fails.
  void look();

 private:
  void put(json object);

  kube::Transport& transport_;
  const std::string path_;
  const std::function<void()> on_change_;
  json object_;
  std::string gone_uid_;  // of the last one whose end was told
  HandlePtr look_;
  std::optional<int> told_trouble_;  // the HTTP status of the trouble told last; 0: no answer
  kube::Watch watch_;
};

}  // namespace kip::runtime
