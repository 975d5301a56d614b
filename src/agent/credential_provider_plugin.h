// One credential-provider plugin: run for images, its answers kept for as long as they say. Belongs
// to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/credential_provider_config.h"
#include "loop/scheduler.h"
#include "registry/docker_config.h"

namespace kip::agent {

struct CredentialProviderLimits {
  // As the kubelet's. A plugin asks a server, perhaps more than once.
  Duration longest_run = std::chrono::minutes(1);
  // Of one plugin. As many as images are pulled at once: a list may have a thousand.
  std::size_t runs_at_once = 4;
};

class CredentialProviderPlugin {
 public:
  using Answer = std::function<void(const registry::DockerConfig&)>;

  // The scheduler outlives it.
  CredentialProviderPlugin(Scheduler& scheduler, CredentialProvider provider,
                           const std::string& bin_folder, const CredentialProviderLimits& limits);
  ~CredentialProviderPlugin();  // kills what runs

  const CredentialProvider& provider() const;

  // What the plugin says of the image, kept or new; nothing where it failed, which the log tells.
  // Questions that one answer is for wait for one run. As no answer says beforehand for which
  // images it is, questions behind the first one wait for it, and later ones expect what the last
  // answer said. A program that is no longer waited for is killed.
  [[nodiscard]] HandlePtr get(const types::ImageReference& image, Answer done);

 private:
  class Question;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kip::agent
