#include "archive/folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/layout.h"
#include "archive/tar.h"

namespace kip::archive {

namespace {

constexpr const char* own_name = ".kubernetes-image-puller";
constexpr const char* partials_name = "partial";
constexpr const char* record_name = "archives.json";
constexpr const char* new_record_name = "archives.json.new";

constexpr std::uint64_t largest_index = 64 << 10;  // bytes; ours have some hundred
constexpr std::uint64_t largest_record = 16 << 20;
constexpr std::int64_t ns_of_a_second = 1'000'000'000;

Result<File, runtime::Failure> open_folder(int at, const std::string& name,
                                           const std::string& shown, bool is_made) {
  if (is_made && mkdirat(at, name.c_str(), 0755) != 0 && errno != EEXIST)
    return file_failure(shown + " cannot be made", errno);
  const int fd = openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return file_failure(shown + " cannot be used as a folder", errno);
  return File(fd, shown);
}

timespec to_timespec(std::int64_t ns) { return {ns / ns_of_a_second, ns % ns_of_a_second}; }

}  // namespace

Result<Folder, runtime::Failure> Folder::open(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return file_failure(path + " cannot be made", errno);
  Folder out;
  out.path_ = path;
  // The path itself is the user's, and may be a link.
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_failure(path + " cannot be used as a folder", errno);
  out.folder_ = File(fd, path);
  auto own = open_folder(fd, own_name, out.shown(own_name), true);
  if (!own) return own.error();
  out.own_ = std::move(*own);
  auto partials = open_folder(out.own_.fd(), partials_name, out.own_.name() + "/partial", true);
  if (!partials) return partials.error();
  out.partials_ = std::move(*partials);
  if (faccessat(out.partials_.fd(), ".", W_OK, 0) != 0)
    return file_failure(path + " cannot be written", errno);
  return out;
}

Result<std::optional<File>, runtime::Failure> Folder::lock() const {
  File file(openat(own_.fd(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600),
            own_.name() + "/lock");
  if (!file.is_open()) return file_failure(file.name() + " cannot be opened", errno);
  if (flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return std::optional(std::move(file));
  if (errno != EWOULDBLOCK) return file_failure(file.name() + " cannot be locked", errno);
  return std::optional<File>();
}

Record Folder::read_record() const {
  const File file(openat(own_.fd(), record_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), record_name);
  if (!file.is_open() || file.size() > largest_record) return {};
  std::string text(file.size(), '\0');
  const auto got = file.read(0, text.data(), text.size());
  return got ? parse_record(*got) : Record{};
}

Folder::Status Folder::write_record(const Record& record) const {
  File file(openat(own_.fd(), new_record_name,
                   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644),
            own_.name() + "/" + record_name);
  if (!file.is_open()) return file_failure(file.name() + " cannot be written", errno);
  if (auto status = file.write(0, to_text(record)); !status) {
    unlinkat(own_.fd(), new_record_name, 0);
    return status;
  }
  if (renameat(own_.fd(), new_record_name, own_.fd(), record_name) != 0)
    return file_failure(file.name() + " cannot be written", errno);
  return Done{};
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

std::optional<std::string> Folder::mark(const std::string& file) const {
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

Result<File, runtime::Failure> Folder::open_partial(const std::string& name) const {
  File file(openat(partials_.fd(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600),
            partials_.name() + "/" + name);
  if (!file.is_open()) return file_failure(file.name() + " cannot be written", errno);
  return file;
}

std::string Folder::path_of_partial(const std::string& name) const {
  return std::string(own_name) + "/" + partials_name + "/" + name;
}

std::vector<std::string> Folder::partials() const {
  std::vector<std::string> names;
  DIR* all = fdopendir(openat(partials_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (all == nullptr) return names;
  while (const dirent* each = ::readdir(all))  // NOLINT(concurrency-mt-unsafe): ours alone
    if (each->d_name[0] != '.') names.emplace_back(each->d_name);
  closedir(all);
  std::sort(names.begin(), names.end());
  return names;
}

void Folder::remove_partial(const std::string& name) const {
  unlinkat(partials_.fd(), name.c_str(), 0);
}

Folder::Status Folder::publish(File& partial, const std::string& name, const std::string& file,
                               std::int64_t modified) const {
  const auto where = place(file, true);
  if (!where) return where.error();
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(modified)};
  if (fchmod(partial.fd(), 0644) != 0 || futimens(partial.fd(), times) != 0)
    return file_failure(partial.name() + " cannot be made whole", errno);
  if (auto status = partial.sync(); !status) return status;
  if (renameat(partials_.fd(), name.c_str(), where->folder.fd(), where->name.c_str()) != 0)
    return file_failure(shown(file) + " cannot be put in its place", errno);
  fsync(where->folder.fd());  // the file is whole in any case, under its old or its new name
  return Done{};
}

Folder::Status Folder::make_link(const std::string& link, const std::string& file) const {
  std::string target;
  for (auto slash = link.find('/'); slash != std::string::npos; slash = link.find('/', slash + 1))
    target += "../";
  target += file;
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
  if (size <= 0 || !std::string_view(target, static_cast<std::size_t>(size)).ends_with(file))
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
