#include "kube/shape.h"

#include <algorithm>

namespace kip::kube {

namespace {

bool is_object_of_strings(const json& value) {
  return value.is_null() ||
         (value.is_object() && std::all_of(value.begin(), value.end(),
                                           [](const json& member) { return member.is_string(); }));
}

}  // namespace

std::string shape_problem(const json& object) {
  if (!object.is_object()) return "it is not an object";
  const json& metadata = at(object, "/metadata");
  if (!metadata.is_object()) return "its metadata is not an object";
  if (string_at(metadata, "/name").empty()) return "its metadata has no name";
  for (const char* member : {"labels", "annotations"})
    if (!is_object_of_strings(at(metadata, std::string("/") + member)))
      return std::string("metadata.") + member + " is not an object of strings";
  const json& owners = at(metadata, "/ownerReferences");
  if (!owners.is_null() && !owners.is_array()) return "metadata.ownerReferences is not a list";
  return {};
}

}  // namespace kip::kube
