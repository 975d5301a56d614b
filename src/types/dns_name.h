// The rules of names in Kubernetes: which texts the API server takes as the name of an object, a
// container, a label or an annotation. Pure; any thread may call it. Every check answers with a
// message that says what was there, where, and what was expected.
// Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and
// .../labels/#syntax-and-character-set.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::types {

constexpr std::size_t longest_label = 63;  // bytes

// RFC 1123 label, at most 63 bytes: names of containers and namespaces.
Status check_dns_label(std::string_view text);
// At most `limit` bytes of one: what is not allowed in it is "-". Empty where nothing is left.
std::string dns_label_of(std::string_view text, std::size_t limit = longest_label);

// RFC 1123 subdomain, at most 253 bytes: names of DaemonSets, Deployments and Secrets.
Status check_dns_subdomain(std::string_view text);

// `[prefix/]name`: a subdomain, and at most 63 bytes of letters, digits, "-", "_" and ".": keys of
// labels, and of annotations once they are in lower case.
Status check_qualified_name(std::string_view text);

// Empty, or as the name part of a qualified name: values of labels.
Status check_label_value(std::string_view text);

}  // namespace kip::types
