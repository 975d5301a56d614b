// Which collection of the Kubernetes API, and which object in it: the one place where paths are
// made. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kip::kube {

struct Resource {
  std::string_view api;  // "/api/v1", "/apis/GROUP/VERSION"
  std::string_view plural;
};

inline constexpr Resource configmaps{"/api/v1", "configmaps"};
inline constexpr Resource daemonsets{"/apis/apps/v1", "daemonsets"};
inline constexpr Resource deployments{"/apis/apps/v1", "deployments"};
inline constexpr Resource events{"/api/v1", "events"};
inline constexpr Resource leases{"/apis/coordination.k8s.io/v1", "leases"};
inline constexpr Resource namespaces{"/api/v1", "namespaces"};  // of the cluster
inline constexpr Resource nodes{"/api/v1", "nodes"};
inline constexpr Resource pods{"/api/v1", "pods"};
inline constexpr Resource role_bindings{"/apis/rbac.authorization.k8s.io/v1", "rolebindings"};
inline constexpr Resource roles{"/apis/rbac.authorization.k8s.io/v1", "roles"};
inline constexpr Resource service_accounts{"/api/v1", "serviceaccounts"};

// The objects of a namespace, or of all where its name is empty.
struct Collection {
  Resource resource;
  std::string namespace_name;

  std::string path() const;  // percent-encoded
};

struct ObjectReference {
  Resource resource;
  std::string namespace_name, name;

  Collection collection() const { return {resource, namespace_name}; }
  std::string path() const;
};

}  // namespace kip::kube
