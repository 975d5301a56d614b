// The kubelet's credential-provider plugins: what they have for an image. Belongs to the loop.
// Source: https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/credential_provider_plugin.h"
#include "registry/credentials.h"

namespace kip::agent {

// The providers that a kubelet was started with: --image-credential-provider-config, a file or a
// folder of *.json, *.yaml and *.yml, and --image-credential-provider-bin-dir. The error is every
// problem: files that cannot be read, fields, programs that are not there.
Result<std::vector<CredentialProvider>, std::vector<std::string>> read_credential_providers(
    const std::string& config_path, const std::string& bin_folder);

class CredentialProviders {
 public:
  // `credentials`: to be tried in their order, the ones with the most specific pattern first, as by
  // the kubelet; none is anonymous. Their `origin` names the provider. May be empty: none is for
  // the image, or the plugins failed, which the log tells.
  using Done = std::function<void(std::vector<registry::Credentials> credentials)>;

  // The scheduler outlives it.
  CredentialProviders(Scheduler& scheduler, std::vector<CredentialProvider> providers,
                      const std::string& bin_folder, const CredentialProviderLimits& limits = {});

  // For each of the images, in their order, what the plugins have: asked for all at the same time,
  // so that one that hangs takes its minute once for a registry and not for each image. Images that
  // had no answer within `patience` have none, which the log tells.
  using AllDone = std::function<void(std::vector<std::vector<registry::Credentials>>)>;
  [[nodiscard]] HandlePtr get_all(const std::vector<types::ImageReference>& images,
                                  Duration patience, AllDone done);

  // Asks the plugins whose matchImages has the image, at the same time.
  [[nodiscard]] HandlePtr get(const types::ImageReference& image, Done done);

 private:
  class Question;
  class Questions;
  Scheduler& scheduler_;
  std::vector<std::unique_ptr<CredentialProviderPlugin>> plugins_;  // as configured
};

}  // namespace kip::agent
