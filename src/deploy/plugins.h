// Where kubelets have their credential-provider plugins. Pure; any thread may call it.
#pragma once

#include <string>

#include "deploy/options.h"

namespace kip::deploy {

// What kubelets are started with, --image-credential-provider-config and -bin-dir. Containers see
// all at the same paths as the node.
struct Plugins {
  std::string config;         // a file
  std::string config_volume;  // that file, or the folder that it is in
  bool config_volume_is_file = false;
  std::string bin_folder;
  bool needs_host_network = false;  // they ask what answers to addresses of nodes only
};

// Of any integration but none.
Plugins plugins_of(CredentialIntegration integration);

}  // namespace kip::deploy
