// What a credential-provider plugin is asked, and what it answers. Pure.
// Source: https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "registry/docker_config.h"
#include "types/image_reference.h"

namespace kip::agent {

// Of requests and responses. Kubelets before 1.26 spoke v1beta1 and v1alpha1.
inline constexpr const char* credential_provider_api = "credentialprovider.kubelet.k8s.io/v1";

// For the plugin's stdin. As the kubelet asks: the image's repository, without tag and digest.
std::string credential_provider_request(const types::ImageReference& image);

struct CredentialProviderResponse {
  // What other images the answer is for as well.
  enum class CacheKey { image, registry, global };
  CacheKey cache_key = CacheKey::image;
  std::optional<Duration> cache_duration = std::nullopt;  // nothing: the provider's default
  registry::DockerConfig auth = {};                       // none of its entries is anonymous
};

// The text of the plugin's stdout. `origin` becomes that of the credentials. The Error is transient
// and repeats nothing of `auth`.
Result<CredentialProviderResponse> parse_credential_provider_response(std::string_view text,
                                                                      const std::string& origin);

}  // namespace kip::agent
