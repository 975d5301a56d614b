// Reads kubeconfig files: text in, Access out. Pure: opens no file but names those that the
// configuration points to, relative paths made absolute against their kubeconfig's folder.
// Source: the reference of Config (v1) in Kubernetes' client configuration API.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kube/access/access.h"

namespace kip::kube {

struct KubeconfigFile {
  std::string path;  // for messages and for relative paths
  std::string text;
};

// The files are merged as kubectl merges $KUBECONFIG: the first file that names a cluster, a user,
// a context or current-context wins. The Error is permanent and lists every problem found on the
// way from current-context to the user, each with file, line and field.
Result<Access> parse_kubeconfig(const std::vector<KubeconfigFile>& files);

}  // namespace kip::kube
