#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include <sys/random.h>
#include <unistd.h>

#include "agent/attempt_recorder.h"
#include "agent/commands.h"
#include "agent/credential_providers.h"
#include "agent/fetch.h"
#include "agent/find_runtime.h"
#include "agent/inputs.h"
#include "agent/node_label.h"
#include "agent/options.h"
#include "agent/pinning.h"
#include "agent/termination_message.h"
#include "base/log.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "metrics/submitter.h"

namespace kip::agent {

namespace {

constexpr const char* default_report = "/dev/termination-log";

std::string node_name(const Environment& environment) {
  if (std::string name = value_of(environment, "NODE_NAME"); !name.empty()) return name;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string new_uuid() {
  std::array<std::uint8_t, 16> random{};
  // So few bytes come whole, and only the boot is before them.
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    std::abort();
  return metrics::uuid_of(random);
}

// One run of `fetch`, on the loop: the runtime is found, images are pulled, pins, metrics and
// label follow.
class Run {
 public:
  Run(Loop& loop, const Environment& environment, FetchOptions options, Inputs inputs,
      std::vector<CredentialProvider> providers, const Result<std::vector<Socket>>& sockets,
      std::unique_ptr<Output> output)
      : loop_(loop),
        environment_(environment),
        options_(std::move(options)),
        inputs_(std::move(inputs)),
        output_(std::move(output)),
        recorder_(*output_, loop, node_name(environment), new_uuid),
        begun_(loop.now()),
        flaw_(sockets ? "" : sockets.error().message),
        finder_(loop, sockets ? *sockets : std::vector<Socket>(),
                instance_name(options_.instance, environment)) {
    if (!providers.empty())
      providers_.emplace(loop, std::move(providers), options_.provider_bin_dir);
  }

  int run() {
    loop_.on_signal([this](int signal) {
      log::info("signal received", {{"signal", signal}});
      const std::string why = "told to end before it was pulled";
      if (!is_over_)
        write_report(fetch_ ? fetch_->results(why) : not_tried({types::PullFailure::other, why}));
      code_ = exit_missing;
      loop_.stop();
    });
    if (!flaw_.empty())
      next_ = loop_.after(Duration::zero(), [this] { cannot_begin(flaw_); });
    else
      find_runtime();
    loop_.run();
    providers_.reset();  // before what waits for them, so that no other plugin is begun
    call_.reset();
    labeler_.reset();
    submitter_.reset();
    pinning_.reset();
    fetch_.reset();  // before the runtime that it asks
    return code_;
  }

 private:
  void find_runtime() {
    finder_.start([this](Result<FoundRuntime> found) {
      if (found) {
        found_ = std::move(*found);
        return ask_providers();
      }
      cannot_begin(found.error().message);
    });
  }

  // Plugins come before the secret, as in image-prefetcher.
  void ask_providers() {
    if (!providers_) return fetch();
    std::vector<types::ImageReference> references;
    for (const auto& image : inputs_.images) references.push_back(image.reference);
    // The other half is for pulls.
    call_ = providers_->get_all(references, options_.limits.overall / 2, [this](const auto& found) {
      const HandlePtr ended = std::move(call_);
      for (std::size_t i = 0; i < found.size(); ++i) {
        auto& all = inputs_.images[i].credentials;
        all.insert(all.begin(), found[i].begin(), found[i].end());
      }
      fetch();
    });
  }

  void fetch() {
    PullLimits limits = options_.limits;  // of the overall time, what the plugins left
    limits.overall =
        std::max<Duration>(limits.overall - (loop_.now() - begun_), limits.overall / 2);
    fetch_.emplace(*found_.runtime, loop_, recorder_, inputs_.images, limits);
    fetch_->start([this](const std::vector<ImageResult>& results) {
      is_over_ = true;
      std::size_t failed = inputs_.bad_entries.size();
      for (const auto& result : results) failed += result.failure ? 1 : 0;
      write_report(results);
      code_ = failed > 0 && !options_.best_effort ? exit_missing : 0;
      next_ = loop_.after(Duration::zero(), [this, results, failed] { pin(results, failed == 0); });
    });
  }

  // Told as a pull that failed is: in the report, the metrics and the label.
  void cannot_begin(const std::string& problem) {
    log::error("cannot begin", {{"problem", problem}});
    is_over_ = true;
    code_ = exit_missing;
    const auto results = not_tried({types::PullFailure::runtime_gone, problem});
    for (const auto& result : results) recorder_.on_ended(result, nullptr);
    write_report(results);
    submit(false);
  }

  std::vector<ImageResult> not_tried(const runtime::Failure& why) const {
    std::vector<ImageResult> results;
    for (const auto& image : inputs_.images)
      results.push_back({.image = image.reference.text, .failure = why});
    return results;
  }

  void pin(const std::vector<ImageResult>& results, bool succeeded) {
    if (!options_.pin) return submit(succeeded);
    std::set<std::string> ids;
    for (const auto& result : results)
      if (!result.id.empty()) ids.insert(result.id);
    // What could not be pulled may be there from before, and is still wanted.
    pinning_.emplace(*found_.pins, succeeded ? Pinning::Rest::unpin : Pinning::Rest::keep);
    pinning_->start(std::move(ids), [this, succeeded](const Pinning::Summary& summary) {
      tell(summary);
      next_ = loop_.after(Duration::zero(), [this, succeeded] { submit(succeeded); });
    });
  }

  void submit(bool succeeded) {
    if (!options_.metrics_endpoint) return label(succeeded);
    submitter_.emplace(loop_, *options_.metrics_endpoint, metrics::Submitter::Limits{});
    submitter_->submit(recorder_.results(), [this, succeeded] { label(succeeded); });
  }

  void label(bool succeeded) {
    const std::string node = value_of(environment_, "NODE_NAME");
    if (node.empty() || value_of(environment_, "INSTANCE_NAME").empty()) return loop_.stop();
    auto connection = kube::connect(environment_, loop_);
    if (!connection) {
      log::warn("the node was not labelled", {{"problem", connection.error().message}});
      return loop_.stop();
    }
    connection_ = std::move(*connection);
    labeler_.emplace(*connection_.transport, loop_, node);
    labeler_->set(instance_name("", environment_), succeeded, [this] { loop_.stop(); });
  }

  void write_report(const std::vector<ImageResult>& results) const {
    std::string path = options_.report;
    if (path.empty() && access(default_report, W_OK) == 0) path = default_report;
    if (path.empty()) return;
    std::ofstream file(path, std::ios::trunc);
    file << termination_message(results, loop_.now() - begun_);
    file.flush();
    if (!file) log::warn("cannot write the report", {{"path", path}});
  }

  Loop& loop_;
  const Environment& environment_;
  const FetchOptions options_;
  Inputs inputs_;
  std::optional<CredentialProviders> providers_;
  const std::unique_ptr<Output> output_;
  AttemptRecorder recorder_;
  const SteadyTime begun_;
  const std::string flaw_;  // of the sockets; "": none
  RuntimeFinder finder_;
  FoundRuntime found_;
  std::optional<Fetch> fetch_;
  std::optional<Pinning> pinning_;
  std::optional<metrics::Submitter> submitter_;
  kube::Connection connection_;
  std::optional<NodeLabeler> labeler_;
  bool is_over_ = false;
  int code_ = 0;
  HandlePtr next_, call_;
};

std::unique_ptr<Output> output_of(Format format, const Environment& environment) {
  if (format != Format::docker) return make_log_output();
  return make_docker_output(node_name(environment), [](const std::string& line) {
    std::fprintf(stdout, "%s\n", line.c_str());
    std::fflush(stdout);
  });
}

void set_up_log(const FetchOptions& options) {
  if (options.format == Format::json) log::set_style(log::Style::json);
  if (options.format == Format::docker) log::set_style(log::Style::logfmt);
  if (options.debug) log::set_level(log::Level::debug);
}

}  // namespace

int fetch(const std::vector<std::string>& arguments, const Environment& environment) {
  FetchReading reading = read_fetch_options(arguments);
  if (reading.wants_help) {
    std::fputs(fetch_help().c_str(), stdout);
    return 0;
  }
  log::set_style(log::Style::go);  // also of what is wrong with the flags
  if (reading.options) set_up_log(*reading.options);
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.options) return exit_config;
  std::vector<CredentialProvider> providers;
  if (!reading.options->provider_config.empty()) {
    auto read = read_credential_providers(reading.options->provider_config,
                                          reading.options->provider_bin_dir);
    if (!read) {
      for (const auto& problem : read.error())
        log::error("the credential-provider plugins cannot be used", {{"problem", problem}});
      return exit_missing;
    }
    providers = std::move(*read);
  }
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
  const auto sockets = sockets_to_try(reading.options->cri_socket, is_socket);
  auto output = output_of(reading.options->format, environment);
  Loop loop(http::io_context());
  return Run(loop, environment, std::move(*reading.options), std::move(*inputs),
             std::move(providers), sockets, std::move(output))
      .run();
}

}  // namespace kip::agent
