// How registries are reached, as programs are told by their environment: INSECURE_REGISTRIES, with
// ";", "," or white space between, REGISTRY_CA_FILE, HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
#pragma once

#include "base/environment.h"
#include "base/result.h"
#include "registry/client.h"

namespace kip::registry {

// The Error names the setting.
Result<Client::Options> client_options(const Environment& environment);

}  // namespace kip::registry
