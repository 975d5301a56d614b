// The registries, as the settings say how to reach them. Their client is there only while it is
// asked: the system's CAs are some MiB, and it is needed for moments between hours. Belongs to the
// loop.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/environment.h"
#include "loop/scheduler.h"
#include "registry/client.h"
#include "registry/resolver.h"

namespace kip::registry {

class OnDemandClient : public Resolver {
 public:
  // `environment` for proxies. `scheduler` is the Loop, and outlives this.
  OnDemandClient(Scheduler& scheduler, const Environment& environment);

  // From the next request on. `insecure`: host[:port], as references have it. A limit that a
  // registry asked for holds on.
  void reach(const std::vector<std::string>& insecure, const std::string& ca_file);

  [[nodiscard]] HandlePtr resolve(const types::ImageReference& image,
                                  std::vector<Credentials> credentials, OnResolved done) override;

 private:
  class Asking;
  void end_idle();
  void end_idle_later();
  void tell(const std::string& domain, const Result<Resolved, Failure>& answer);

  Scheduler& scheduler_;
  Client::Options options_;
  std::shared_ptr<Client> client_;                // null: nobody asks
  std::vector<std::shared_ptr<Client>> retired_;  // by reach(), until they are idle
  std::set<std::string> silent_, limiting_;       // domains of registries, as told
  HandlePtr idle_;
};

}  // namespace kip::registry
