#include "deploy/plugins.h"

namespace kip::deploy {

namespace {

// As the machine-config operator writes it:
// https://github.com/openshift/machine-config-operator, pkg/controller/template/render.go.
Plugins openshifts(const char* registry) {
  const std::string folder = "/etc/kubernetes/credential-providers";
  return {.config = folder + "/" + registry + "-credential-provider.yaml",
          .config_volume = folder,
          .config_volume_is_file = false,
          .bin_folder = "/usr/libexec/kubelet-image-credential-provider-plugins",
          .needs_host_network = true};
}

}  // namespace

Plugins plugins_of(CredentialIntegration integration) {
  switch (integration) {
    case CredentialIntegration::ocp_gcr:
      return openshifts("gcr");
    case CredentialIntegration::ocp_ecr:
      return openshifts("ecr");
    case CredentialIntegration::ocp_acr:
      return openshifts("acr");
    case CredentialIntegration::gke:
    case CredentialIntegration::none:
      break;
  }
  const std::string file = "/etc/srv/kubernetes/cri_auth_config.yaml";
  return {.config = file,
          .config_volume = file,
          .config_volume_is_file = true,  // keys stand beside it
          .bin_folder = "/home/kubernetes/bin",
          .needs_host_network = false};
}

}  // namespace kip::deploy
