// A client-go credential plugin: runs the user's program, keeps its answer until it expires.
// Source: Kubernetes' reference of client.authentication.k8s.io/v1 and /v1beta1.
// Belongs to the loop; owned by the credentials. Several that ask at once wait for one run.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kube/access/access.h"
#include "loop/child_process.h"
#include "loop/scheduler.h"

namespace kip::kube {

struct ExecCredential {
  std::string token;                     // "" if the plugin gave a certificate only
  std::string certificate_pem, key_pem;  // both or none
  std::optional<WallTime> expires;       // absent: until the server rejects it
};

// The answer on the plugin's stdout. The Error never repeats any of it.
Result<ExecCredential> parse_exec_credential(const std::string& output,
                                             const std::string& api_version);

// KUBERNETES_EXEC_INFO for the plugin. `ca_pem` is used only with provideClusterInfo.
std::string exec_info(const Access& access, const std::string& ca_pem);

class ExecPlugin {
 public:
  // A plugin may ask a server of its own, or wait for its lock; longer is a hang.
  static constexpr Duration deadline = std::chrono::seconds{60};

  ExecPlugin(Scheduler& scheduler, Access access, Duration longest = deadline);
  ~ExecPlugin();

  // As Credentials::get. The error is transient: the next call runs the plugin again.
  [[nodiscard]] HandlePtr get(std::function<void(Result<ExecCredential>)> done);

  // Drops the kept answer if it is the one that holds these.
  void reject(const std::string& token, const std::string& certificate_pem);

 private:
  class Waiter;
  struct Waiters;

  void start();
  void ended(const Result<ChildOutput>& output);
  Result<ExecCredential> credential_of(const Result<ChildOutput>& output) const;

  Scheduler& scheduler_;
  Access access_;
  Duration longest_;
  std::optional<ExecCredential> kept_;
  std::shared_ptr<Waiters> waiters_;
  HandlePtr running_;
};

}  // namespace kip::kube
