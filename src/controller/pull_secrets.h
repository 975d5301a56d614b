// The pull secrets of a DaemonSet, as credentials for registries: read anew at each round, so that
// one that is renewed counts. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/outage.h"
#include "loop/scheduler.h"
#include "registry/keyring.h"

namespace kip::controller {

class PullSecrets {
 public:
  PullSecrets(kube::Client client, std::string namespace_name)
      : client_(client), namespace_name_(std::move(namespace_name)) {}

  // Null: the API server does not answer, so nothing is known.
  using Done = std::function<void(const registry::Keyring*)>;
  // Reads these, and gives what they hold: of those that may not be read, are not there or make no
  // sense nothing, which is told once. `done` is called once, also from inside the call where there
  // is none to read. Gives up what was asked before.
  void read(const std::vector<std::string>& names, Done done);

 private:
  void read_next();
  void on_secret(const std::string& name, const kube::Answer& answer);
  void end(const registry::Keyring* keyring);
  void tell_once(const std::string& name, const std::string& problem);

  const kube::Client client_;
  const std::string namespace_name_;
  std::vector<std::string> left_;
  registry::Keyring keyring_;
  Done done_;
  std::set<std::string> told_forbidden_;     // names
  std::map<std::string, std::string> told_;  // the last problem of each, until it is good
  kube::Outage outage_{"cannot read the pull secrets; trying again"};
  HandlePtr call_;
};

}  // namespace kip::controller
