// The kubelet's CredentialProviderConfig: which plugins have credentials for which images. Pure.
// Source: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1/, and the checks of the
// kubelet's pkg/credentialprovider/plugin.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "types/image_pattern.h"

namespace kip::agent {

struct CredentialProvider {
  std::string name;  // also its program's, in the folder of plugins
  std::vector<types::ImagePattern> match_images;
  Duration default_cache_duration{};  // of answers that say none; 0: they are not kept
  std::vector<std::string> args = {};
  std::vector<std::pair<std::string, std::string>> env = {};  // each name once

  bool matches(const types::ImageReference& image) const;
};

struct CredentialProviderConfig {
  std::vector<CredentialProvider> providers;  // in their order; names are unique
  // Each says where it stands (file, provider, field), what was there, and what was expected. Where
  // there is any, the kubelet would not start, but for tokenAttributes: these need a pod.
  std::vector<std::string> problems;
};

// Adds what one file holds; the kubelet reads the files of a folder as one. `origin` names the
// file.
void add_credential_providers(CredentialProviderConfig& config, const json& file,
                              const std::string& origin);

}  // namespace kip::agent
