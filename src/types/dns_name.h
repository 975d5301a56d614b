// The rules of names in Kubernetes: which texts the API server takes as the name of an object, a
// container, a label or an annotation. Pure; any thread may call it. Every check answers with a
// message that says what was there, where, and what was expected.
// Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and
// .../labels/#syntax-and-character-set.
#pragma once

#include <string_view>

#include "base/result.h"

namespace kip::types {

// RFC 1123 label, at most 63 bytes: names of containers and namespaces.
Status check_dns_label(std::string_view text);

// RFC 1123 subdomain, at most 253 bytes: names of DaemonSets, Deployments and Secrets.
Status check_dns_subdomain(std::string_view text);

// `[prefix/]name`: a subdomain, and at most 63 bytes of letters, digits, "-", "_" and ".": keys of
// labels, and of annotations once they are in lower case.
Status check_qualified_name(std::string_view text);

// Empty, or as the name part of a qualified name: values of labels.
Status check_label_value(std::string_view text);

}  // namespace kip::types
