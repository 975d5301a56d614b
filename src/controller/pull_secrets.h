// The pull secrets of a DaemonSet, as credentials for registries: read anew at each round, so that
// one that is renewed counts. Belongs to the loop.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "kube/client.h"
#include "loop/scheduler.h"
#include "registry/keyring.h"

namespace kip::controller {

class PullSecrets {
 public:
  PullSecrets(kube::Client client, std::string namespace_name)
      : client_(client), namespace_name_(std::move(namespace_name)) {}

  // Reads these, and gives what they hold: of those that may not be read, are not there or make no
  // sense nothing, which is told once. `done` is called once, also from inside the call where there
  // is none to read. Gives up what was asked before.
  void read(const std::vector<std::string>& names,
            std::function<void(const registry::Keyring&)> done);

 private:
  void read_next();
  void on_secret(const std::string& name, const kube::Answer& answer);
  void tell_once(const std::string& name, const std::string& problem);

  const kube::Client client_;
  const std::string namespace_name_;
  std::vector<std::string> left_;
  registry::Keyring keyring_;
  std::function<void(const registry::Keyring&)> done_;
  bool told_forbidden_ = false;
  std::set<std::string> told_;  // problems, until the secret is good
  HandlePtr call_;
};

}  // namespace kip::controller
