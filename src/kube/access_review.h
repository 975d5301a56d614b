// Whether we may do something, and whether a 403 says that we may not: the API server's own access
// control (RBAC) is told apart from admission policies, quotas and webhooks, which answer 403, too.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/transport.h"

namespace kip::kube {

struct AccessQuestion {
  std::string verb, group, resource, namespace_name, name;
};

// A SelfSubjectAccessReview (authorization.k8s.io/v1). Its answer says so in status.allowed;
// everybody who is authenticated may ask (ClusterRole system:basic-user).
http::Request access_review(const AccessQuestion& question);

// True if a 403 has the form of the API server's authorization filter: `… is forbidden: User "u"
// cannot VERB resource "RESOURCE" …`. A policy's message may have it as well: where something is
// lost by a mistake, ask.
bool is_denied_by_rbac(const http::Error& error, std::string_view verb, std::string_view resource);

}  // namespace kip::kube
