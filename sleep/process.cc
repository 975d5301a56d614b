#include "process.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kip::sleep {

namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string all_of(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace

std::string binary() { return from_environment("KIP_SLEEP"); }
std::string architecture() { return from_environment("KIP_SLEEP_ARCH"); }
bool is_emulated() { return !from_environment("KIP_SLEEP_RUNNER").empty(); }

bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Process::Process(std::vector<std::string> arguments, const Options& options)
    : out_(memfd_create("stdout", MFD_CLOEXEC)), err_(memfd_create("stderr", MFD_CLOEXEC)) {
  arguments.insert(arguments.begin(), options.program);
  if (is_emulated()) arguments.insert(arguments.begin(), from_environment("KIP_SLEEP_RUNNER"));
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  // clone(2) without a stack is fork(2) with flags.
  const long flags = SIGCHLD | (options.as_process_one ? CLONE_NEWPID : 0);
  pid_ = static_cast<pid_t>(syscall(SYS_clone, flags, 0, 0, 0, 0));
  if (pid_ != 0) return;
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  if (options.before_exec) options.before_exec();
  execv(argv[0], argv.data());
  _exit(126);
}

Process::~Process() {
  if (pid_ > 0) {
    send(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

bool Process::is_asleep_on(int clock) const {
  std::ostringstream expected;  // number of the system call, clock, TIMER_ABSTIME
  expected << SYS_clock_nanosleep << " 0x" << std::hex << clock << " 0x1 ";
  return contents_of("/proc/" + std::to_string(pid_) + "/syscall").starts_with(expected.str());
}

std::string Process::proc_value(const std::string& file, const std::string& key) const {
  std::ifstream lines("/proc/" + std::to_string(pid_) + "/" + file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const auto value = line.find_first_not_of(" \t", key.size());
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::string Process::children() const {
  const auto id = std::to_string(pid_);
  return contents_of("/proc/" + id + "/task/" + id + "/children");
}

void Process::send(int signal) const { kill(pid_, signal); }

Ended Process::wait() {
  int status = 0;
  const auto over = [&] { return waitpid(pid_, &status, WNOHANG) == pid_; };
  if (!comes_true(over)) {
    send(SIGKILL);
    waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          all_of(out_), all_of(err_)};
}

Ended run(std::vector<std::string> arguments) { return Process(std::move(arguments)).wait(); }

}  // namespace kip::sleep
