// What every object of Kubernetes says of itself (metav1.ObjectMeta, OwnerReference). Safe on any
// JSON: what is not there reads as empty. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace kip::object {

std::string name(const json& object);
std::string namespace_name(const json& object);  // empty for what is of the cluster
std::string uid(const json& object);
std::string resource_version(const json& object);

// "namespace/name", or "name" for what is of the cluster: the key that client-go's caches have.
std::string key(const json& object);
std::string key(const std::string& namespace_name, const std::string& name);

// True from when its deletion was asked for; finalizers or its pods may keep it.
bool is_deleting(const json& object);

// The owner references; an empty array where there are none.
const json& owners(const json& object);
// True if one of them has this UID.
bool is_owned_by(const json& object, const std::string& uid);
// The name of the first owner of this kind, empty where there is none.
std::string owner_of_kind(const json& object, const std::string& kind);

}  // namespace kip::object
