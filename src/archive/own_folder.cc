#include "archive/own_folder.h"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kip::archive {

namespace {

constexpr const char* own_name = ".kubernetes-image-puller";
constexpr const char* partials_name = "partial";
constexpr const char* record_name = "archives.json";
constexpr const char* new_record_name = "archives.json.new";

constexpr std::uint64_t largest_record = 16 << 20;  // bytes

// A pipe that somebody put there would never open without O_NONBLOCK.
constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

bool is_same_folder(int at, const char* name, int fd) {
  struct stat there {
  }, ours{};
  return fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &ours) == 0 &&
         there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

}  // namespace

Result<File, runtime::Failure> open_folder(int at, const std::string& name,
                                           const std::string& shown, bool is_made) {
  const bool is_new = is_made && mkdirat(at, name.c_str(), 0755) == 0;
  if (is_made && !is_new && errno != EEXIST) return file_failure(shown + " cannot be made", errno);
  const int fd = openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return file_failure(shown + " cannot be used as a folder", errno);
  if (is_new) fchmod(fd, 0755);
  return File(fd, shown);
}

Result<OwnFolder, runtime::Failure> OwnFolder::open(int at, const std::string& shown) {
  OwnFolder out;
  auto own = open_folder(at, own_name, shown + "/" + own_name, true);
  if (!own) return own.error();
  out.folder_ = std::move(*own);
  auto partials =
      open_folder(out.fd(), partials_name, out.folder_.name() + "/" + partials_name, true);
  if (!partials) return partials.error();
  out.partials_ = std::move(*partials);
  if (faccessat(out.partials_.fd(), ".", W_OK, 0) != 0)
    return file_failure(shown + " cannot be written", errno);
  return out;
}

bool OwnFolder::is_in(int at) const {
  return is_same_folder(at, own_name, fd()) && is_same_folder(fd(), partials_name, partials_.fd());
}

Result<std::optional<File>, runtime::Failure> OwnFolder::lock() const {
  File file(openat(fd(), "lock", O_RDWR | O_CREAT | flags, 0600), folder_.name() + "/lock");
  if (!file.is_open()) return file_failure(file.name() + " cannot be opened", errno);
  if (flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return std::optional(std::move(file));
  if (errno != EWOULDBLOCK) return file_failure(file.name() + " cannot be locked", errno);
  return std::optional<File>();
}

Record OwnFolder::read_record() const {
  const File file(openat(fd(), record_name, O_RDONLY | flags), record_name);
  if (!file.is_open() || file.size() > largest_record) return {};
  std::string text(file.size(), '\0');
  const auto got = file.read(0, text.data(), text.size());
  return got ? parse_record(*got) : Record{};
}

OwnFolder::Status OwnFolder::write_record(const Record& record) const {
  unlinkat(fd(), new_record_name, 0);  // whatever it is
  File file(openat(fd(), new_record_name, O_WRONLY | O_CREAT | O_EXCL | flags, 0644),
            folder_.name() + "/" + record_name);
  if (!file.is_open()) return file_failure(file.name() + " cannot be written", errno);
  fchmod(file.fd(), 0644);
  if (auto status = file.write(0, to_text(record)); !status) {
    unlinkat(fd(), new_record_name, 0);
    return status;
  }
  if (renameat(fd(), new_record_name, fd(), record_name) != 0)
    return file_failure(file.name() + " cannot be written", errno);
  return Done{};
}

Result<File, runtime::Failure> OwnFolder::open_partial(const std::string& name) const {
  File file(openat(partials_.fd(), name.c_str(), O_RDWR | O_CREAT | flags, 0600),
            partials_.name() + "/" + name);
  if (!file.is_open()) return file_failure(file.name() + " cannot be written", errno);
  return file;
}

std::string OwnFolder::path_of_partial(const std::string& name) {
  return std::string(own_name) + "/" + partials_name + "/" + name;
}

std::vector<OwnFolder::Partial> OwnFolder::partials() const {
  std::vector<Partial> found;
  DIR* all = fdopendir(openat(partials_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (all == nullptr) return found;
  while (const dirent* each = ::readdir(all)) {  // NOLINT(concurrency-mt-unsafe): ours alone
    struct stat state {};
    if (each->d_name[0] != '.' &&
        fstatat(partials_.fd(), each->d_name, &state, AT_SYMLINK_NOFOLLOW) == 0)
      found.push_back({each->d_name, static_cast<std::uint64_t>(state.st_size)});
  }
  closedir(all);
  std::sort(found.begin(), found.end(),
            [](const Partial& a, const Partial& b) { return a.name < b.name; });
  return found;
}

void OwnFolder::remove_partial(const std::string& name) const {
  unlinkat(partials_.fd(), name.c_str(), 0);
}

}  // namespace kip::archive
