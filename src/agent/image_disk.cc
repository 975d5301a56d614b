#include "agent/image_disk.h"

#include <sys/vfs.h>
#include <unistd.h>

namespace kip::agent {

namespace {

constexpr const char* root = "/";
constexpr auto overlay = 0x794c7630;  // OVERLAYFS_SUPER_MAGIC, of statfs(2)

}  // namespace

std::string folder_on_disk_of(const std::string& store) {
  if (store.empty()) return "";
  if (access(store.c_str(), F_OK) == 0) return store;
  struct statfs found {};
  return statfs(root, &found) == 0 && found.f_type == overlay ? root : "";
}

std::optional<Filesystem> filesystem_of(const std::string& folder) {
  struct statfs found {};
  if (folder.empty() || statfs(folder.c_str(), &found) != 0 || found.f_blocks == 0)
    return std::nullopt;
  const auto block = static_cast<std::uint64_t>(found.f_bsize);
  return Filesystem{found.f_blocks * block, found.f_bavail * block};
}

}  // namespace kip::agent
