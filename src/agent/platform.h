// The platform whose images this node runs: that of this program.
#pragma once

#include "registry/layers.h"

namespace kip::agent {

inline registry::Platform platform_of_this_node() {
#if defined(__x86_64__)
  return {.architecture = "amd64"};
#elif defined(__aarch64__)
  return {.architecture = "arm64"};
#elif defined(__powerpc64__)
  return {.architecture = "ppc64le"};
#elif defined(__s390x__)
  return {.architecture = "s390x"};
#else
#error "which platform of images is this?"
#endif
}

}  // namespace kip::agent
