#include "kernel.h"

namespace kip::sleep {

namespace {

inline long once(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  long result;
  register long r10 asm("r10") = d;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#else
#error "This architecture has no system call and no _start yet."
#endif
}

}  // namespace

long system_call(long number, long a, long b, long c, long d) {
  for (;;) {
    const long result = once(number, a, b, c, d);
    if (result != -EINTR) return result;
  }
}

}  // namespace kip::sleep
