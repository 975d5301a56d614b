#include "pause.h"

#include <linux/signal.h>

#include "kernel.h"
#include "message.h"

namespace kip::sleep {

namespace {

constexpr int last_signal = 64;
constexpr long nanoseconds_per_second = 1'000'000'000;

using Handler = void (*)(int);

// struct sigaction as rt_sigaction(2) has it on x86-64 and AArch64, which is not libc's.
struct KernelAction {
  Handler handler;
  unsigned long flags;
  Handler restorer;
  unsigned long mask;
};

// Ends the process from within the handler: no flag, so no moment in which a signal is missed
// between looking at a flag and falling asleep.
void end(int) { exit(0); }

constexpr unsigned long bit(int signal) { return 1UL << (signal - 1); }

constexpr unsigned long stop_signals = bit(SIGTERM) | bit(SIGINT);

// The kernel drops a signal for process 1 that has no handler. The container runtime sends what the
// image says (nginx: SIGQUIT, httpd: SIGWINCH, systemd: SIGRTMIN+3), and we run in any image;
// ignoring it would cost each replaced pod its grace period. No image asks for these: children and
// job control, and faults of our own.
constexpr unsigned long process_one_stop_signals =
    ~(bit(SIGCHLD) | bit(SIGCONT) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU) | bit(SIGILL) |
      bit(SIGTRAP) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGSEGV) | bit(SIGSYS));

void set_signals() {
  const unsigned long stop =
      system_call(__NR_getpid) == 1 ? process_one_stop_signals : stop_signals;
  for (int signal = 1; signal <= last_signal; ++signal) {
    const bool stops = (stop & bit(signal)) != 0;
    if (!stops && signal != SIGCHLD) continue;
    // With SIGCHLD ignored the kernel reaps by itself, without waking us (wait(2), "Notes").
    // x86-64 wants a restorer. It would run after a handler's return; ours does not return.
    const KernelAction action{stops ? end : SIG_IGN, SA_RESTORER, end, 0};
    system_call(__NR_rt_sigaction, signal, address(&action), 0, sizeof action.mask);
  }
  // What the program before us blocked is still blocked after exec.
  const unsigned long none = 0;
  system_call(__NR_rt_sigprocmask, SIG_SETMASK, address(&none), 0, sizeof none);
  // Children that died before SIGCHLD was ignored.
  while (system_call(__NR_wait4, -1, 0, WNOHANG | __WALL) > 0) {
  }
}

// The deadline is absolute, so starting again after a signal needs nothing worked out.
long sleep_on(int clock, std::int64_t nanoseconds) {
  __kernel_timespec deadline;
  if (const long failed = clock_now(clock, &deadline); failed < 0) return failed;
  deadline.tv_sec += nanoseconds / nanoseconds_per_second;
  deadline.tv_nsec += nanoseconds % nanoseconds_per_second;
  if (deadline.tv_nsec >= nanoseconds_per_second) {
    deadline.tv_nsec -= nanoseconds_per_second;
    ++deadline.tv_sec;
  }
  return system_call(__NR_clock_nanosleep, clock, TIMER_ABSTIME, address(&deadline), 0);
}

}  // namespace

int pause_for(std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return 0;
  set_signals();
  // Sandboxes that stand in for a kernel may not sleep on CLOCK_BOOTTIME. There a suspend makes the
  // sleep longer, which is better than none.
  if (sleep_on(CLOCK_BOOTTIME, nanoseconds) == 0) return 0;
  const long failed = sleep_on(CLOCK_MONOTONIC, nanoseconds);
  if (failed == 0) return 0;
  say_failure("wait on", "CLOCK_MONOTONIC", failed);
  return 1;
}

}  // namespace kip::sleep
