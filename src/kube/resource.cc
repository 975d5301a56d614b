#include "kube/resource.h"

#include "base/text.h"

namespace kip::kube {

std::string Collection::path() const {
  std::string path(resource.api);
  if (!namespace_name.empty()) path += "/namespaces/" + percent_encoded(namespace_name);
  return path + "/" + std::string(resource.plural);
}

std::string ObjectReference::path() const {
  return collection().path() + "/" + percent_encoded(name);
}

}  // namespace kip::kube
