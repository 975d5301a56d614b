// Where container runtimes listen on a node. Pure but for is_socket().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kip::agent {

struct Socket {
  enum class Kind { cri, docker };
  std::string path;
  Kind kind = Kind::cri;
  bool operator==(const Socket&) const = default;
};

// Whether there is a socket at this path. Blocks for a moment.
bool is_socket(const std::string& path);

// The sockets to try, in this order: containerd, CRI-O, k3s and RKE2, k0s, cri-dockerd, Docker
// Engine. Docker's own containerd may listen where containerd does, and knows no CRI: so the first
// that answers is the runtime. `given`: a path or unix:// URL that a person wrote, which is the
// only one then; Docker Engine's is taken for such by its name, docker.sock. An error names all
// that was looked for.
Result<std::vector<Socket>> sockets_to_try(
    const std::string& given, const std::function<bool(const std::string&)>& is_socket);

}  // namespace kip::agent
