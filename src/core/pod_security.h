// What a namespace lets in (Pod Security Admission). It checks pods, not the DaemonSets that make
// them, so that one whose pods are all refused is accepted without a word. Pure.
// Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#pragma once

#include <string>

#include "base/json.h"

namespace kip::core {

// Why pods that mount a folder of the node (hostPath) do not come into this Namespace, and what to
// do; empty: they do, as far as it says.
std::string refusal_of_host_path(const json& namespace_object);

}  // namespace kip::core
