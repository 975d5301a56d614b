#include "archive/folder.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/tar.h"

namespace kip::archive {

namespace {

constexpr std::uint64_t largest_index = 64 << 10;  // bytes; ours have some hundred
constexpr std::int64_t ns_of_a_second = 1'000'000'000;

timespec to_timespec(std::int64_t ns) { return {ns / ns_of_a_second, ns % ns_of_a_second}; }

// The way from the folder of `link`.
std::string target_of(const std::string& link, const std::string& file) {
  std::string target;
  for (auto slash = link.find('/'); slash != std::string::npos; slash = link.find('/', slash + 1))
    target += "../";
  return target + file;
}

}  // namespace

Result<Folder, runtime::Failure> Folder::open(const std::string& path) {
  const bool is_new = mkdir(path.c_str(), 0755) == 0;
  if (!is_new && errno != EEXIST) return file_failure(path + " cannot be made", errno);
  Folder out;
  out.path_ = path;
  // The path itself is the user's, and may be a link.
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_failure(path + " cannot be used as a folder", errno);
  if (is_new) fchmod(fd, 0755);
  out.folder_ = File(fd, path);
  auto own = OwnFolder::open(fd, path);
  if (!own) return own.error();
  out.own_ = std::move(*own);
  return out;
}

bool Folder::is_there() const {
  struct stat there {
  }, ours{};
  return stat(path_.c_str(), &there) == 0 && fstat(folder_.fd(), &ours) == 0 &&
         there.st_dev == ours.st_dev && there.st_ino == ours.st_ino && own_.is_in(folder_.fd());
}

Result<Folder::Place, runtime::Failure> Folder::place(const std::string& file,
                                                      bool makes_folders) const {
  File at(dup(folder_.fd()), path_);
  std::size_t begin = 0;
  for (;;) {
    const auto end = file.find('/', begin);
    if (end == std::string::npos) return Place{std::move(at), file.substr(begin)};
    auto next = open_folder(at.fd(), file.substr(begin, end - begin), shown(file.substr(0, end)),
                            makes_folders);
    if (!next) return next.error();
    at = std::move(*next);
    begin = end + 1;
  }
}

std::optional<Folder::State> Folder::state(const std::string& file) const {
  const auto where = place(file, false);
  struct stat found {};
  if (!where ||
      fstatat(where->folder.fd(), where->name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(found.st_mode))
    return std::nullopt;
  return State{static_cast<std::uint64_t>(found.st_size),
               found.st_mtim.tv_sec * ns_of_a_second + found.st_mtim.tv_nsec};
}

Result<File, runtime::Failure> Folder::read(const std::string& file) const {
  const auto where = place(file, false);
  if (!where) return where.error();
  // A pipe that somebody put there would never open.
  File out(openat(where->folder.fd(), where->name.c_str(),
                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
           shown(file));
  if (!out.is_open()) return file_failure(shown(file) + " cannot be read", errno);
  return out;
}

std::optional<Marked> Folder::marked(const std::string& file) const {
  if (!state(file)) return std::nullopt;
  const auto opened = read(file);
  if (!opened) return std::nullopt;
  const auto entries = tar_entries(opened->fd());
  if (!entries) return std::nullopt;
  for (const auto& entry : *entries) {
    if (entry.path != "index.json" || entry.size > largest_index) continue;
    std::string text(entry.size, '\0');
    const auto got = opened->read(entry.offset, text.data(), text.size());
    return got ? find_mark(*got) : std::nullopt;
  }
  return std::nullopt;
}

Folder::Status Folder::can_be_put(const std::string& file) const {
  File at(dup(folder_.fd()), path_);
  for (std::size_t begin = 0; begin < file.size();) {
    const auto end = std::min(file.find('/', begin), file.size());
    const std::string name = file.substr(begin, end - begin);
    const std::string so_far = shown(file.substr(0, end));
    struct stat found {};
    if (fstatat(at.fd(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
      return errno == ENOENT ? Status(Done{})
                             : file_failure(so_far + " cannot be looked at", errno);
    if (end == file.size()) {
      if (S_ISDIR(found.st_mode)) return file_failure(so_far + " is a folder", EISDIR);
      return Done{};
    }
    auto next = open_folder(at.fd(), name, so_far, false);
    if (!next) return next.error();
    at = std::move(*next);
    begin = end + 1;
  }
  return Done{};
}

Folder::Status Folder::touch(const std::string& file, std::int64_t modified) const {
  const auto where = place(file, false);
  if (!where) return where.error();
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(modified)};
  if (utimensat(where->folder.fd(), where->name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    return file_failure(shown(file) + " cannot be touched", errno);
  return Done{};
}

Folder::Status Folder::remove(const std::string& file) const {
  const auto where = place(file, false);
  if (!where) return where.error();
  if (unlinkat(where->folder.fd(), where->name.c_str(), 0) != 0 && errno != ENOENT)
    return file_failure(shown(file) + " cannot be removed", errno);
  remove_empty_folders(file);
  return Done{};
}

void Folder::remove_empty_folders(std::string file) const {
  for (auto slash = file.rfind('/'); slash != std::string::npos; slash = file.rfind('/')) {
    file.resize(slash);
    const auto where = place(file, false);
    if (!where || unlinkat(where->folder.fd(), where->name.c_str(), AT_REMOVEDIR) != 0) return;
  }
}

Folder::Status Folder::publish(File& partial, const std::string& name, const std::string& file,
                               std::int64_t modified) const {
  const auto where = place(file, true);
  if (!where) return where.error();
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(modified)};
  if (fchmod(partial.fd(), 0644) != 0 || futimens(partial.fd(), times) != 0)
    return file_failure(partial.name() + " cannot be made whole", errno);
  if (auto status = partial.sync(); !status) return status;
  if (renameat(own_.partials_fd(), name.c_str(), where->folder.fd(), where->name.c_str()) != 0)
    return file_failure(shown(file) + " cannot be put in its place", errno);
  fsync(where->folder.fd());  // the file is whole in any case, under its old or its new name
  return Done{};
}

Folder::Status Folder::move_link(const std::string& old_link, const std::string& link,
                                 const std::string& file) const {
  if (!old_link.empty() && old_link != link) remove_link(old_link, file);
  return link.empty() ? Done{} : make_link(link, file);
}

Folder::Status Folder::make_link(const std::string& link, const std::string& file) const {
  const std::string target = target_of(link, file);
  const auto where = place(link, true);
  if (!where) return where.error();
  constexpr const char* beside = "link";  // in our own folder: only its holder of the lock
  unlinkat(own_.fd(), beside, 0);
  if (symlinkat(target.c_str(), own_.fd(), beside) != 0 ||
      renameat(own_.fd(), beside, where->folder.fd(), where->name.c_str()) != 0) {
    const int error = errno;
    unlinkat(own_.fd(), beside, 0);
    return file_failure(shown(link) + " cannot be made", error);
  }
  return Done{};
}

void Folder::remove_link(const std::string& link, const std::string& file) const {
  const auto where = place(link, false);
  if (!where) return;
  char target[4096];
  const auto size = readlinkat(where->folder.fd(), where->name.c_str(), target, sizeof target);
  if (size <= 0 ||
      std::string_view(target, static_cast<std::size_t>(size)) != target_of(link, file))
    return;
  unlinkat(where->folder.fd(), where->name.c_str(), 0);
  remove_empty_folders(link);
}

std::uint64_t Folder::free_bytes() const {
  struct statvfs found {};
  if (fstatvfs(folder_.fd(), &found) != 0) return 0;
  return std::uint64_t{found.f_bavail} * found.f_frsize;
}

}  // namespace kip::archive
