#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

#include "agent/commands.h"
#include "agent/fetch.h"
#include "agent/inputs.h"
#include "agent/options.h"
#include "agent/sockets.h"
#include "agent/termination_message.h"
#include "base/log.h"
#include "cri/cri_runtime.h"
#include "loop/loop.h"

namespace kip::agent {

namespace {

using namespace std::chrono_literals;

constexpr const char* default_report = "/dev/termination-log";
constexpr Duration version_patience = 10s;  // a runtime that has just started is slow

bool is_socket(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

std::string node_name(const Environment& environment) {
  const auto found = environment.find("NODE_NAME");
  if (found != environment.end() && !found->second.empty()) return found->second;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::unique_ptr<runtime::Runtime> connect(Loop& loop, const Socket& socket) {
  return std::make_unique<cri::CriRuntime>(loop, cri::connect(loop, socket.path));
}

// One run of `fetch`, on the loop.
class Run {
 public:
  Run(Loop& loop, FetchOptions options, Inputs inputs, std::vector<Socket> sockets,
      std::unique_ptr<Output> output)
      : loop_(loop),
        options_(std::move(options)),
        inputs_(std::move(inputs)),
        sockets_(std::move(sockets)),
        output_(std::move(output)),
        begun_(loop.now()) {}

  int run() {
    loop_.on_signal([this](int signal) {
      log::info("signal received", {{"signal", signal}});
      end(fetch_ ? fetch_->results("told to end before it was pulled")
                 : std::vector<ImageResult>());
      code_ = exit_missing;
    });
    first_ = loop_.after(Duration::zero(), [this] { try_socket(0); });
    loop_.run();
    fetch_.reset();
    call_.reset();
    runtime_.reset();
    return code_;
  }

 private:
  void try_socket(std::size_t index) {
    if (index == sockets_.size()) {
      log::error("no container runtime answers; expected one that speaks CRI v1",
                 {{"looked_at", looked_at()}, {"problem", problem_}});
      code_ = exit_missing;
      return loop_.stop();
    }
    runtime_ = connect(loop_, sockets_[index]);
    const auto next = [this, index](const std::string& problem) {
      problem_ = problem;
      // Not from inside the runtime's own callback.
      first_ = loop_.after(Duration::zero(), [this, index] {
        call_.reset();
        deadline_.reset();
        runtime_.reset();
        try_socket(index + 1);
      });
    };
    deadline_ = loop_.after(version_patience, [next] { next("it does not answer"); });
    call_ = runtime_->version([this, index, next](const auto& version) {
      if (!version) return next(version.error().message);
      deadline_.reset();
      log::debug("found the container runtime",
                 {{"runtime", *version}, {"socket", sockets_[index].path}});
      fetch();
    });
  }

  std::string looked_at() const {
    std::string all;
    for (const auto& socket : sockets_) all += (all.empty() ? "" : ", ") + socket.path;
    return all;
  }

  void fetch() {
    fetch_.emplace(*runtime_, loop_, *output_, inputs_.images, options_.limits);
    fetch_->start([this](const std::vector<ImageResult>& results) { end(results); });
  }

  void end(const std::vector<ImageResult>& results) {
    std::size_t failed = inputs_.bad_entries.size();
    for (const auto& result : results) failed += result.failure ? 1 : 0;
    report(results);
    code_ = failed > 0 && !options_.best_effort ? exit_missing : 0;
    loop_.stop();
  }

  void report(const std::vector<ImageResult>& results) const {
    std::string path = options_.report;
    if (path.empty() && access(default_report, W_OK) == 0) path = default_report;
    if (path.empty()) return;
    std::ofstream file(path, std::ios::trunc);
    file << termination_message(results, loop_.now() - begun_);
    file.flush();
    if (!file) log::warn("cannot write the report", {{"path", path}});
  }

  Loop& loop_;
  const FetchOptions options_;
  const Inputs inputs_;
  const std::vector<Socket> sockets_;
  const std::unique_ptr<Output> output_;
  const SteadyTime begun_;
  std::string problem_;
  std::unique_ptr<runtime::Runtime> runtime_;
  std::optional<Fetch> fetch_;
  int code_ = 0;
  HandlePtr first_, call_, deadline_;
};

std::unique_ptr<Output> output_of(Format format, const Environment& environment) {
  if (format != Format::docker) return make_log_output();
  return make_docker_output(node_name(environment), [](const std::string& line) {
    std::fprintf(stdout, "%s\n", line.c_str());
    std::fflush(stdout);
  });
}

}  // namespace

int fetch(const std::vector<std::string>& arguments, const Environment& environment) {
  FetchReading reading = read_fetch_options(arguments);
  if (reading.wants_help) {
    std::fputs(fetch_help().c_str(), stdout);
    return 0;
  }
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.options) return exit_config;
  if (reading.options->format == Format::json) log::set_style(log::Style::json);
  if (reading.options->format == Format::log) log::set_style(log::Style::go);
  if (reading.options->debug) log::set_level(log::Level::debug);
  auto inputs = read_inputs(*reading.options);
  if (!inputs) {
    log::error("cannot begin", {{"problem", inputs.error().message}});
    return exit_missing;
  }
  for (const auto& warning : inputs->warnings)
    log::warn("credentials cannot be used", {{"problem", warning}});
  for (const auto& problem : inputs->bad_entries)
    log::error("not an image; pulling the others", {{"problem", problem}});
  if (inputs->images.empty()) {
    if (!inputs->bad_entries.empty()) return exit_config;
    log::warn("the list has no images; nothing was pulled");
    return 0;
  }
  auto sockets = sockets_to_try(reading.options->cri_socket, is_socket);
  if (!sockets) {
    log::error("cannot begin", {{"problem", sockets.error().message}});
    return exit_missing;
  }
  auto output = output_of(reading.options->format, environment);
  Loop loop;
  return Run(loop, *std::move(reading.options), *std::move(inputs), *std::move(sockets),
             std::move(output))
      .run();
}

}  // namespace kip::agent
