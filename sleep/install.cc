#include "install.h"

#include <linux/limits.h>
#include <linux/signal.h>

#include "kernel.h"
#include "message.h"

namespace kip::sleep {

namespace {

constexpr char self[] = "/proc/self/exe";
constexpr int installed_mode = 0555;

struct Outcome {
  const char* doing = "";
  const char* path = "";
  long error = 0;  // 0: it went well; else -errno
};

// Where the copy is made: in the folder of `file`, so that it can be renamed.
struct Temporary {
  static constexpr char prefix[] = ".sleep-";
  static constexpr int digits = 16;
  char path[PATH_MAX];

  // False where it would be too long. `number` tells names apart.
  bool name(const char* file, unsigned long number) {
    unsigned long folder = 0, length = 0;
    for (; file[length] != '\0'; ++length) {
      if (file[length] == '/') folder = length + 1;
    }
    if (folder + sizeof prefix + digits > sizeof path) return false;
    char* out = path;
    for (unsigned long i = 0; i < folder; ++i) *out++ = file[i];
    for (const char* c = prefix; *c != '\0'; ++c) *out++ = *c;
    for (int i = 0; i < digits; ++i, number >>= 4) *out++ = "0123456789abcdef"[number & 15];
    *out = '\0';
    return true;
  }

  // Opens a new file for writing. A name that is taken (by another install at the same moment, or a
  // left-over of one that was killed) is never shared: the next nanosecond has another.
  long create(const char* file) {
    constexpr int patience = 100;
    long fd = -EEXIST;
    for (int i = 0; i < patience && fd == -EEXIST; ++i) {
      __kernel_timespec now{};
      clock_now(CLOCK_MONOTONIC, &now);
      const auto number =
          static_cast<unsigned long>(now.tv_sec) << 30 | static_cast<unsigned long>(now.tv_nsec);
      if (!name(file, number)) return -ENAMETOOLONG;
      fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    }
    return fd;
  }
};

Outcome copy(int from, int to, const char* to_path) {
  char buffer[4096];
  for (;;) {
    const long got = read(from, buffer, sizeof buffer);
    if (got < 0) return {"read", self, got};
    if (got == 0) return {};
    for (long done = 0; done < got;) {
      const long written = write(to, buffer + done, static_cast<unsigned long>(got - done));
      if (written <= 0) return {"write", to_path, written < 0 ? written : -EIO};
      done += written;
    }
  }
}

// Fills the temporary file and gives it its mode and name.
Outcome finish(int from, int to, const char* temporary, const char* file) {
  if (const Outcome copied = copy(from, to, temporary); copied.error != 0) return copied;
  // The umask does not reach fchmod.
  if (const long e = system_call(__NR_fchmod, to, installed_mode); e < 0)
    return {"set the mode of", temporary, e};
  // A disk may only say now that it is full; and a power cut must not leave an empty file.
  if (const long e = system_call(__NR_fsync, to); e < 0) return {"write", temporary, e};
  const long e = system_call(__NR_renameat, AT_FDCWD, address(temporary), AT_FDCWD, address(file));
  return {"rename the new copy to", file, e};
}

Outcome try_install(const char* file) {
  const long from = open(self, O_RDONLY);
  if (from < 0) return {"open", self, from};
  Temporary temporary;
  const long to = temporary.create(file);
  if (to < 0) return {"create a file beside", file, to};
  const Outcome outcome =
      finish(static_cast<int>(from), static_cast<int>(to), temporary.path, file);
  if (outcome.error == 0) return {};
  system_call(__NR_unlinkat, AT_FDCWD, address(temporary.path));
  // The temporary file is gone; the user knows the other name.
  return {outcome.doing, outcome.path == temporary.path ? file : outcome.path, outcome.error};
}

}  // namespace

int install(const char* file) {
  // It takes a moment only, so a signal waits until the temporary file is no more.
  const unsigned long all = ~0UL;
  system_call(__NR_rt_sigprocmask, SIG_BLOCK, address(&all), 0, sizeof all);
  const Outcome outcome = try_install(file);
  if (outcome.error == 0) return 0;
  say_failure(outcome.doing, outcome.path, outcome.error);
  return 1;
}

}  // namespace kip::sleep
