// What two references have in common that are written in different ways. Pure.
#pragma once

#include <string>

namespace kip::discovery {

// The whole reference, the same for "busybox" and "docker.io/library/busybox:latest"; a text that
// is no reference as it is.
std::string image_key(const std::string& image);

}  // namespace kip::discovery
