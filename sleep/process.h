// Test helper: the sleep under test as a process, perhaps under qemu (KIP_SLEEP, KIP_SLEEP_RUNNER
// and KIP_SLEEP_ARCH in the environment, set by ctest). Nothing waits a fixed time: what must come
// about is looked for until a generous deadline.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace kip::sleep {

// Absolute path of the sleep under test.
std::string binary();
// "x86_64" or "aarch64".
std::string architecture();
// Under qemu, sizes in memory are qemu's and not ours.
bool is_emulated();

// Looks every millisecond, for up to a minute.
bool comes_true(const std::function<bool()>& condition);

std::string contents_of(const std::string& path);

struct Ended {
  int code = -1;    // exit code, -1 where a signal ended it
  int signal = 0;   // the signal that ended it, else 0
  std::string out;  // stdout
  std::string err;  // stderr
};

class Process {
 public:
  struct Options {
    bool as_process_one = false;             // in a PID namespace of its own; needs root
    std::function<void()> before_exec = {};  // in the new process
    std::string program = binary();
  };

  explicit Process(std::vector<std::string> arguments) : Process(std::move(arguments), Options()) {}
  Process(std::vector<std::string> arguments, const Options& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // False where the kernel did not allow the namespace.
  bool started() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  // True once it sleeps in clock_nanosleep(2) up to an absolute time of this clock.
  bool is_asleep_on(int clock) const;
  // A line of /proc/PID/<file> after its key: proc_value("status", "State:").
  std::string proc_value(const std::string& file, const std::string& key) const;
  // Process IDs of its children, also dead ones.
  std::string children() const;

  void send(int signal) const;
  // Waits for its end; kills it after a minute, which then shows in `signal`.
  Ended wait();

 private:
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
};

Ended run(std::vector<std::string> arguments);

}  // namespace kip::sleep
