// Sleeping, ending and reaping, as a user, a kubelet or an init system meets them.
#include <cerrno>
#include <cstddef>
#include <iostream>
#include <iterator>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

namespace kip::sleep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

::testing::AssertionResult falls_asleep(const Process& process, int clock = CLOCK_BOOTTIME) {
  if (comes_true([&] { return process.is_asleep_on(clock); })) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "does not sleep on clock " << clock;
}

const Process::Options process_one{.as_process_one = true};

TEST(Sleep, EndsAfterItsTime) {
  timespec before{}, after{};
  clock_gettime(CLOCK_BOOTTIME, &before);
  EXPECT_EQ(run({"120ms"}).code, 0);
  clock_gettime(CLOCK_BOOTTIME, &after);
  const long passed =
      (after.tv_sec - before.tv_sec) * 1'000'000'000 + (after.tv_nsec - before.tv_nsec);
  EXPECT_GE(passed, 120'000'000);
}

TEST(Sleep, EndsAtOnceWhereThereIsNoTimeToSleep) {
  for (const auto* duration : {"0", "-1s", "0h", "-720h", "-9223372036854775808ns"}) {
    const Ended ended = run({duration});
    EXPECT_EQ(ended.code, 0) << duration;
    EXPECT_EQ(ended.err, "") << duration;
  }
}

TEST(Sleep, TheLongestDurationDoesNotComeRound) {
  Process process({"2562047h47m16.854775807s"});
  EXPECT_TRUE(falls_asleep(process));
}

TEST(Sleep, ABadCommandLineGetsUsageAnd255) {
  const std::vector<std::vector<std::string>> bad = {{},
                                                     {""},
                                                     {"720"},
                                                     {"1h", "1h"},
                                                     {"1 h"},
                                                     {"--install"},
                                                     {"--install", ""},
                                                     {"infinity"},
                                                     {"--install", "a", "b"},
                                                     {"-"},
                                                     {"9223372036854775808ns"}};
  for (const auto& arguments : bad) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 255) << testing::PrintToString(arguments);
    EXPECT_THAT(ended.err, HasSubstr("usage: sleep DURATION"));
    EXPECT_EQ(ended.out, "");
  }
}

TEST(Sleep, ABadDurationIsNamedAndCannotForgeALine) {
  EXPECT_THAT(run({"1h\nsleep: \x1b[31mok"}).err,
              StartsWith("sleep: not a duration: 1h?sleep: ?[31mok\nusage: "));
}

TEST(Sleep, HelpGoesToStdout) {
  const Ended ended = run({"--help"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, StartsWith("usage: sleep DURATION"));
  EXPECT_EQ(ended.err, "");
}

TEST(Sleep, EndsWithZeroOnSigtermAndSigint) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process process({"720h"});
    ASSERT_TRUE(falls_asleep(process));
    process.send(signal);
    const Ended ended = process.wait();
    EXPECT_EQ(ended.code, 0) << signal;
    EXPECT_EQ(ended.signal, 0) << signal;
  }
}

TEST(Sleep, AnotherSignalKeepsItsUsualMeaning) {
  Process process({"720h"});
  ASSERT_TRUE(falls_asleep(process));
  process.send(SIGHUP);
  EXPECT_EQ(process.wait().signal, SIGHUP);
}

TEST(Sleep, ASignalThatTheParentBlockedOrIgnoredStillEndsIt) {
  Process::Options options;
  options.before_exec = [] {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    signal(SIGTERM, SIG_IGN);
  };
  Process process({"720h"}, options);
  ASSERT_TRUE(falls_asleep(process));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().code, 0);
}

TEST(Sleep, GoesOnAfterItWasStopped) {
  Process process({"720h"});
  ASSERT_TRUE(falls_asleep(process));
  const auto state = [&] { return process.proc_value("status", "State:").substr(0, 1); };
  process.send(SIGSTOP);
  ASSERT_TRUE(comes_true([&] { return state() == "T"; }));
  process.send(SIGCONT);
  ASSERT_TRUE(comes_true([&] { return state() == "S"; }));
  EXPECT_TRUE(falls_asleep(process));
}

TEST(Sleep, AsProcessOneItEndsOnEachStopSignalThatImagesName) {
  constexpr int systemd_halt = 37;  // SIGRTMIN+3
  for (const int signal :
       {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, systemd_halt}) {
    Process process({"720h"}, process_one);
    if (!process.started()) GTEST_SKIP() << "a PID namespace needs root";
    ASSERT_TRUE(falls_asleep(process));
    process.send(signal);
    EXPECT_EQ(process.wait().code, 0) << signal;
  }
}

TEST(Sleep, AsProcessOneItSleepsOnThroughJobControlSignals) {
  Process process({"720h"}, process_one);
  if (!process.started()) GTEST_SKIP() << "a PID namespace needs root";
  ASSERT_TRUE(falls_asleep(process));
  for (const int signal : {SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU}) process.send(signal);
  EXPECT_TRUE(falls_asleep(process));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().code, 0);
}

// In the namespace of `process`, starts a child whose parent then ends. It lives until `until`
// ends.
void leave_orphan(const Process& process, int until) {
  const auto path = "/proc/" + std::to_string(process.pid()) + "/ns/pid";
  const pid_t outside = fork();
  if (outside == 0) {
    if (setns(open(path.c_str(), O_RDONLY), CLONE_NEWPID) != 0) _exit(1);
    const pid_t parent = fork();
    if (parent == 0) {
      if (fork() == 0) {
        char byte;
        (void)!read(until, &byte, 1);
      }
      _exit(0);
    }
    _exit(waitpid(parent, nullptr, 0) == parent ? 0 : 1);
  }
  int status = -1;
  waitpid(outside, &status, 0);
  ASSERT_EQ(status, 0);
}

TEST(Sleep, AsProcessOneItReapsOrphans) {
  Process process({"720h"}, process_one);
  if (!process.started()) GTEST_SKIP() << "a PID namespace needs root";
  ASSERT_TRUE(falls_asleep(process));
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  leave_orphan(process, ends[0]);
  EXPECT_NE(process.children(), "");
  (void)!write(ends[1], "x", 1);
  EXPECT_TRUE(comes_true([&] { return process.children().empty(); }));
  close(ends[0]);
  close(ends[1]);
}

TEST(Sleep, ReapsAChildThatDiedBeforeItStarted) {
  Process::Options options;
  options.before_exec = [] {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t died;
    waitid(P_PID, static_cast<id_t>(child), &died, WEXITED | WNOWAIT);
  };
  Process process({"720h"}, options);
  ASSERT_TRUE(falls_asleep(process));
  EXPECT_EQ(process.children(), "");
}

void refuse_to_sleep_on_boottime() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_BOOTTIME, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(filter), filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(125);
}

TEST(Sleep, WhereAKernelCannotSleepOnBoottimeItTakesTheMonotonicClock) {
  Process::Options options;
  options.before_exec = refuse_to_sleep_on_boottime;
  Process process({"720h"}, options);
  EXPECT_TRUE(falls_asleep(process, CLOCK_MONOTONIC));
}

TEST(Sleep, HoldsNoMoreThanFourPages) {
  if (is_emulated()) GTEST_SKIP() << "this would measure qemu";
  Process process({"720h"});
  ASSERT_TRUE(falls_asleep(process));
  const int resident = std::stoi(process.proc_value("smaps_rollup", "Rss:"));
  RecordProperty("resident_kib", resident);
  std::cout << "resident: " << resident << " KiB\n";
  EXPECT_LE(resident, 16);
}

}  // namespace
}  // namespace kip::sleep
