// Whether our Role lets us update the DaemonSet: that of the Go version does not, and then a change
// is a delete and a create. Belongs to the loop.
#pragma once

#include <functional>
#include <optional>

#include "kube/client.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::controller {

class UpdatePermission {
 public:
  // What a 403 to an update was.
  enum class Verdict {
    not_granted,  // the Role lacks it: is_granted() is false from now on
    granted,      // something else is against this update: a policy, a webhook, a quota
    unknown,      // nobody could say
  };

  UpdatePermission(kube::Client client, Scheduler& scheduler, kube::ObjectReference daemonset)
      : client_(client), scheduler_(scheduler), daemonset_(std::move(daemonset)) {}

  // True until it was found missing, and again after a while: the Role may be mended.
  bool is_granted() const { return is_granted_; }
  // An update went through.
  void on_updated() { denied_.reset(); }
  // An update was answered with this 403, in the words of the access control. Either how long to
  // wait before it is tried once more, or nothing: then the API server is asked about the right
  // itself, and `done` is called once.
  std::optional<Duration> on_denied(const http::Error& error, std::function<void(Verdict)> done);

 private:
  Verdict verdict_of(const http::Error& denied, const kube::Answer& review);

  const kube::Client client_;
  Scheduler& scheduler_;
  const kube::ObjectReference daemonset_;
  kube::RetryDelay denied_{2};
  bool is_granted_ = true, told_ = false;
  HandlePtr call_, again_;
};

}  // namespace kip::controller
