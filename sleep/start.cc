// The program's first instructions. The kernel leaves argc, then argv, at the stack pointer and
// promises nothing about other registers (x86-64 psABI, section 3.4.1; the same on AArch64).
#include "kernel.h"
#include "main.h"

#if defined(__x86_64__)
asm(".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call kip_start\n");
#elif defined(__aarch64__)
asm(".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  b kip_start\n");
#endif

extern "C" [[noreturn, gnu::used]] void kip_start(long* stack) {
  kip::sleep::exit(kip::sleep::main(static_cast<int>(stack[0]),
                                    reinterpret_cast<const char* const*>(stack + 1)));
}
