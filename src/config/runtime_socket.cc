#include "config/runtime_socket.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace kip::config {

namespace {

constexpr std::string_view scheme = "unix://";
constexpr std::string_view node_name = "$(NODE_NAME)";
constexpr const char* expected =
    "; expected an absolute path in a folder, such as /run/containerd/containerd.sock";

bool has_variable(const std::string& part) { return part.find("$(") != std::string::npos; }

bool has_other_variable(std::string part) {
  for (auto at = part.find(node_name); at != std::string::npos; at = part.find(node_name))
    part.erase(at, node_name.size());
  return has_variable(part);
}

}  // namespace

Result<RuntimeSocket> parse_runtime_socket(std::string_view text) {
  const auto refused = [&](const char* problem) {
    return permanent(kip::quoted(text) + problem + expected);
  };
  std::string_view path = text;
  if (path.starts_with(scheme)) path.remove_prefix(scheme.size());
  if (!path.starts_with('/')) return refused(" is no absolute path");
  if (path.ends_with('/')) return refused(" is a folder");
  std::vector<std::string> parts = split(path, '/');
  if (parts.size() < 2) return refused(" is in no folder");
  for (const auto& part : parts) {
    if (part == "." || part == "..") return refused(" goes back");
    // What a path may have, but neither a container's mount nor a variable.
    if (part.find(':') != std::string::npos) return refused(" has a colon");
    if (has_other_variable(part)) return refused(" has another variable than $(NODE_NAME)");
  }
  RuntimeSocket socket;
  socket.name = parts.back();
  parts.pop_back();
  if (has_variable(socket.name)) return refused(" has a variable as the socket's own name");
  const auto variable = std::find_if(parts.begin(), parts.end(), has_variable);
  if (variable == parts.begin()) return refused(" has no folder before $(NODE_NAME)");
  socket.folder = "/" + joined({parts.begin(), variable}, "/");
  socket.sub_folder = joined({variable, parts.end()}, "/");
  return socket;
}

}  // namespace kip::config
