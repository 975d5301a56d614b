// The kernel's own interface, without a libc: one function that makes a system call, and names for
// the few that this program needs. Numbers and flags come from the kernel's headers. No state.
#pragma once

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/wait.h>

namespace kip::sleep {

// What the kernel returns: -errno where it failed. Starts again where a signal came between
// (EINTR), which suits every call made here.
long system_call(long number, long a = 0, long b = 0, long c = 0, long d = 0);

template <class T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

[[noreturn]] inline void exit(int code) {
  for (;;) system_call(__NR_exit_group, code);
}

inline long write(int fd, const char* bytes, unsigned long count) {
  return system_call(__NR_write, fd, address(bytes), static_cast<long>(count));
}

inline long read(int fd, char* bytes, unsigned long count) {
  return system_call(__NR_read, fd, address(bytes), static_cast<long>(count));
}

inline long open(const char* path, int flags, int mode = 0) {
  return system_call(__NR_openat, AT_FDCWD, address(path), flags | O_CLOEXEC, mode);
}

inline long clock_now(int clock, __kernel_timespec* now) {
  return system_call(__NR_clock_gettime, clock, address(now));
}

}  // namespace kip::sleep
