// What several objects of a prefetcher are made of. Pure; any thread may call it.
#pragma once

#include "base/json.h"
#include "deploy/options.h"

namespace kip::deploy {

// What the pods submit to, and what people read; those of image-prefetcher, so that pods and
// aggregators of both understand each other.
inline constexpr int grpc_port = 8443;
inline constexpr int http_port = 8080;

// Of the Deployment and the Service that collect metrics.
std::string metrics_name(const DeployOptions& options);

// With the namespace that was asked for, if any.
json namespaced(const DeployOptions& options, const char* api_version, const char* kind,
                const std::string& name);

json resources(const char* cpu_request, const char* memory_request, const char* cpu_limit,
               const char* memory_limit);

// The security context of a container that needs nothing of the node. 0: the user of the image, or
// that of the namespace.
json unprivileged(int user);

}  // namespace kip::deploy
