#include "types/object.h"

#include <algorithm>

namespace kip::object {

std::string name(const json& object) { return string_at(object, "/metadata/name"); }

std::string namespace_name(const json& object) { return string_at(object, "/metadata/namespace"); }

std::string uid(const json& object) { return string_at(object, "/metadata/uid"); }

std::string resource_version(const json& object) {
  return string_at(object, "/metadata/resourceVersion");
}

std::string key(const json& object) { return key(namespace_name(object), name(object)); }

std::string key(const std::string& namespace_name, const std::string& name) {
  return namespace_name.empty() ? name : namespace_name + "/" + name;
}

bool is_deleting(const json& object) { return has(object, "/metadata/deletionTimestamp"); }

const json& owners(const json& object) { return array_at(object, "/metadata/ownerReferences"); }

bool is_owned_by(const json& object, const std::string& uid) {
  const json& list = owners(object);
  return std::any_of(list.begin(), list.end(),
                     [&](const json& owner) { return string_at(owner, "/uid") == uid; });
}

std::string owner_of_kind(const json& object, const std::string& kind) {
  for (const auto& owner : owners(object))
    if (string_at(owner, "/kind") == kind) return string_at(owner, "/name");
  return {};
}

}  // namespace kip::object
