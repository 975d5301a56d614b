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

// What a person may call the runtimes, in the order that they are looked for in: cri-dockerd,
// containerd, crio, k3s (also RKE2), k0s, docker.
std::vector<std::string> runtime_names();

// Options of a command that looks for a socket. An empty name is none.
Status read_runtime_name(const std::string& text, std::string& out);
void check_one_of_socket_and_runtime(const std::string& cri_socket, const std::string& runtime,
                                     std::vector<std::string>& problems);

// The sockets to try, in that order. Docker's own containerd may listen where containerd does, and
// knows no CRI: so the first that answers is the runtime. `given`: a path or unix:// URL that a
// person wrote, which is the only one then; Docker Engine's is taken for such by its name,
// docker.sock. `runtime`: one of the names, whose sockets are the only ones then; empty: all. An
// error names all that was looked for.
Result<std::vector<Socket>> sockets_to_try(
    const std::string& given, const std::string& runtime,
    const std::function<bool(const std::string&)>& is_socket);

}  // namespace kip::agent
