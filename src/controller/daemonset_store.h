// The DaemonSet as the API server last told it: kept current by a watch, by the answers to our own
// writes, and by a look when asked for. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/json.h"
#include "controller/daemonsets.h"
#include "kube/client.h"
#include "kube/outage.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::controller {

class DaemonSetStore : private DaemonSets::Follower {
 public:
  // `all` outlives it. Where it is of one name, or was told of everything before, the DaemonSet is
  // read at once: a list waits for the API server's cache, which can take 100 ms.
  DaemonSetStore(kube::Client client, Scheduler& scheduler, DaemonSets& all,
                 const std::string& namespace_name, const std::string& name,
                 std::function<void()> on_change);

  // False until the first list or look came in.
  bool is_known() const { return is_known_; }
  // True while the API server is away: what can wait is better sent when it is back.
  bool is_away() const { return all_.is_away(); }
  const json& object() const { return object_; }  // null: there is none
  // Another number whenever its spec is another.
  std::uint64_t spec_revision() const { return spec_revision_; }

  // The answer to a request of ours. The watch may have told what came after it, as both come by
  // connections of their own: then it changes nothing.
  void put_answer(json object);
  // A delete of ours was answered: it is gone. No on_change follows.
  void put_gone(const std::string& uid);
  // Reads it now, and until there is an answer: after a conflict, the watch may be behind.
  // on_change follows.
  void look();

 private:
  void on_object(json object) override;
  void on_gone(const std::string& uid) override;
  void on_synced(bool is_there) override;
  void on_answer(const kube::Answer& answer, std::uint64_t told_before);
  void look_failed(const http::Error& error);
  void put(json object);
  void look_again_if_unseen();

  const kube::Client client_;
  Scheduler& scheduler_;
  DaemonSets& all_;
  const kube::ObjectReference daemonset_;
  const std::function<void()> on_change_;
  json object_;
  bool is_known_ = false, told_unreadable_ = false;
  std::uint64_t spec_revision_ = 0;
  std::string gone_uid_;    // of the last one whose end was told
  std::uint64_t told_ = 0;  // events and lists until now
  kube::Outage outage_{"cannot read the DaemonSet; trying again"};
  kube::RetryDelay retry_;
  HandlePtr look_, timer_;  // the read, and the wait before the next
  HandlePtr following_;     // ends first
};

}  // namespace kip::controller
