#include "agent/sockets.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/text.h"

namespace kip::agent {

namespace {

using Kind = Socket::Kind;

constexpr struct {
  const char *name, *path;
  Kind kind;
  // First, as a node that has it has a containerd, too: Docker's own, in which the kubelet looks
  // for nothing.
} known[] = {{"cri-dockerd", "/run/cri-dockerd.sock", Kind::cri},
             {"containerd", "/run/containerd/containerd.sock", Kind::cri},
             {"crio", "/run/crio/crio.sock", Kind::cri},
             {"k3s", "/run/k3s/containerd/containerd.sock", Kind::cri},
             {"k0s", "/run/k0s/containerd.sock", Kind::cri},
             {"docker", "/run/docker.sock", Kind::docker},
             {"docker", "/var/run/docker.sock", Kind::docker}};

}  // namespace

bool is_socket(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

std::vector<std::string> runtime_names() {
  std::vector<std::string> names;
  for (const auto& socket : known)
    if (names.empty() || names.back() != socket.name) names.emplace_back(socket.name);
  return names;
}

Status read_runtime_name(const std::string& text, std::string& out) {
  const auto names = runtime_names();
  if (!text.empty() && std::find(names.begin(), names.end(), text) == names.end())
    return permanent(quoted(text) + " is not known; expected " + joined(names));
  out = text;
  return Done{};
}

void check_one_of_socket_and_runtime(const std::string& cri_socket, const std::string& runtime,
                                     std::vector<std::string>& problems) {
  if (!cri_socket.empty() && !runtime.empty())
    problems.push_back("--runtime: " + quoted(runtime) +
                       " stands beside --cri-socket; expected one of the two");
}

Result<std::vector<Socket>> sockets_to_try(
    const std::string& given, const std::string& runtime,
    const std::function<bool(const std::string&)>& is_socket) {
  std::vector<Socket> found;
  if (!given.empty()) {
    constexpr std::string_view scheme = "unix://";
    const std::string path = given.starts_with(scheme) ? given.substr(scheme.size()) : given;
    if (!path.starts_with('/'))
      return permanent(quoted(given) + " is no absolute path of a socket");
    if (!is_socket(path))
      return permanent("there is no socket " + path +
                       "; expected that of the node's container runtime, mounted into this "
                       "container");
    found.push_back({path, path.ends_with("/docker.sock") ? Kind::docker : Kind::cri});
    return found;
  }
  std::vector<std::string> looked_for;
  for (const auto& socket : known) {
    if (!runtime.empty() && runtime != socket.name) continue;
    looked_for.emplace_back(socket.path);
    if (is_socket(socket.path)) found.push_back({socket.path, socket.kind});
  }
  if (!found.empty()) return found;
  return permanent("there is no socket of " + (runtime.empty() ? "a container runtime" : runtime) +
                   "; looked for " + joined(looked_for));
}

}  // namespace kip::agent
