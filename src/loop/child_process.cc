#include "loop/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

namespace kip {

namespace {

// Programs of this kind run a few times a day: looking at one every few milliseconds is cheaper
// than a signal handler and descriptors in the loop.
constexpr Duration shortest_look{2}, longest_look{50};
constexpr std::size_t kept_err_bytes = 2000;

std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view line(*each);
    const auto name = line.substr(0, line.find('='));
    bool replaced = false;
    for (const auto& [key, value] : added) replaced = replaced || key == name;
    if (!replaced) all.emplace_back(line);
  }
  for (const auto& [key, value] : added) all.push_back(key + "=" + value);
  return all;
}

// A file without a name that holds the text, at its begin; -1 and errno where there can be none. A
// pipe would have to be filled while the program reads, and a program that does not read ends ours.
int file_of(const std::string& text) {
  const int fd = memfd_create("stdin", MFD_CLOEXEC);
  if (fd < 0) return fd;
  const auto size = static_cast<ssize_t>(text.size());
  if (pwrite(fd, text.data(), text.size(), 0) == size) return fd;
  close(fd);
  errno = ENOSPC;
  return -1;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

class Child : public Handle {
 public:
  Child(Scheduler& scheduler, ChildSettings settings, std::function<void(Result<ChildOutput>)> done)
      : scheduler_(scheduler), settings_(std::move(settings)), done_(std::move(done)) {
    if (int failed = spawn(); failed != 0) {
      start_error_ = failed;
    } else {
      give_up_at_ = scheduler_.now() + settings_.deadline;
    }
    look_again(Duration::zero());
  }

  ~Child() override { clean_up(); }

 private:
  int spawn();
  void look_again(Duration delay) {
    timer_ = scheduler_.after(delay, [this] { look(); });
  }

  void look() {
    if (start_error_ != 0) {
      return finish(permanent("program " + quoted(settings_.command.front(), 300) +
                              " cannot be started: " + std::strerror(start_error_)));
    }
    int status = 0;
    // Looked at before reading: what a program wrote before its end is then read.
    const bool ended = waitpid(pid_, &status, WNOHANG) == pid_;
    if (ended) reaped_ = true;
    read_all(out_fd_, output_.out, settings_.max_output + 1);
    read_all(err_fd_, output_.err, output_.err.size() + settings_.max_output);
    if (output_.err.size() > kept_err_bytes)
      output_.err.erase(0, output_.err.size() - kept_err_bytes);
    if (output_.out.size() > settings_.max_output)
      return finish(
          Error{ErrorKind::transient, "program " + quoted(settings_.command.front(), 300) +
                                          " wrote more than " +
                                          std::to_string(settings_.max_output) + " bytes"});
    if (ended) {
      output_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      return finish(std::move(output_));
    }
    if (scheduler_.now() >= give_up_at_)
      return finish(
          Error{ErrorKind::transient, "program " + quoted(settings_.command.front(), 300) +
                                          " did not end within " + to_text(settings_.deadline)});
    next_look_ = std::min(next_look_ * 2, longest_look);
    look_again(next_look_);
  }

  void finish(Result<ChildOutput> result) {
    clean_up();
    const auto done = std::move(done_);
    done(std::move(result));  // may destroy this
  }

  static void read_all(int fd, std::string& into, std::size_t limit) {
    std::array<char, 16384> part{};
    while (into.size() < limit) {
      const ssize_t got = read(fd, part.data(), part.size());
      if (got <= 0) return;
      into.append(part.data(), static_cast<std::size_t>(got));
    }
  }

  void clean_up() {
    if (pid_ > 0 && !reaped_) {
      kill(-pid_, SIGKILL);
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);  // at once, as it is killed
      reaped_ = true;
    }
    for (int* fd : {&out_fd_, &err_fd_}) {
      if (*fd >= 0) close(*fd);
      *fd = -1;
    }
  }

  Scheduler& scheduler_;
  ChildSettings settings_;
  std::function<void(Result<ChildOutput>)> done_;
  HandlePtr timer_;
  Duration next_look_ = shortest_look;
  SteadyTime give_up_at_{};
  ChildOutput output_;
  pid_t pid_ = -1;
  int out_fd_ = -1, err_fd_ = -1, start_error_ = 0;
  bool reaped_ = false;
};

int Child::spawn() {
  std::array<int, 2> out{-1, -1}, err{-1, -1};
  if (pipe2(out.data(), O_CLOEXEC) != 0) return errno;
  out_fd_ = out[0];
  if (pipe2(err.data(), O_CLOEXEC) != 0) {
    const int failed = errno;
    close(out[1]);
    return failed;
  }
  err_fd_ = err[0];
  const int input = settings_.input.empty() ? -1 : file_of(settings_.input);
  if (input < 0 && !settings_.input.empty()) {
    const int failed = errno;
    close(out[1]);
    close(err[1]);
    return failed;
  }
  fcntl(out_fd_, F_SETFL, O_NONBLOCK);
  fcntl(err_fd_, F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input < 0)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  else
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // sockets of the libraries, among others

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  auto environment = merged_environment(settings_.env);
  auto arguments = pointers(settings_.command), variables = pointers(environment);
  const int failed = posix_spawnp(&pid_, settings_.command.front().c_str(), &actions, &attributes,
                                  arguments.data(), variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  if (input >= 0) close(input);
  if (failed != 0) pid_ = -1;
  return failed;
}

}  // namespace

HandlePtr run_child(Scheduler& scheduler, ChildSettings settings,
                    std::function<void(Result<ChildOutput>)> done) {
  return std::make_unique<Child>(scheduler, std::move(settings), std::move(done));
}

}  // namespace kip
