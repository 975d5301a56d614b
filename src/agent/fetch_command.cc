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
#include "agent/disk_guard.h"
#include "agent/done_file.h"
#include "agent/fetch.h"
#include "agent/find_runtime.h"
#include "agent/image_disk.h"
#include "agent/image_listing.h"
#include "agent/inputs.h"
#include "agent/node_label.h"
#include "agent/options.h"
#include "agent/pinning.h"
#include "agent/termination_message.h"
#include "base/log.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "metrics/submitter.h"
#include "registry/client.h"
#include "types/platform.h"

namespace kip::agent {

namespace {

constexpr const char* default_report = "/dev/termination-log";

std::string node_name(const Environment& environment) {
  if (std::string name = value_of(environment, "NODE_NAME"); !name.empty()) return name;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

void write_report(const FetchOptions& options, const std::vector<ImageResult>& results,
                  Duration took) {
  std::string path = options.report;
  if (path.empty() && access(default_report, W_OK) == 0) path = default_report;
  if (path.empty()) return;
  std::ofstream file(path, std::ios::trunc);
  file << termination_message(results, took);
  file.flush();
  if (!file) log::warn("cannot write the report", {{"path", path}});
}

// Where nothing was begun, each image has failed for the same reason.
void tell_that_none_is_had(const FetchOptions& options, const Inputs& inputs,
                           const std::string& problem) {
  log::error("cannot begin", {{"problem", problem}});
  std::vector<ImageResult> results;
  for (const auto& image : inputs.images)
    results.push_back({.image = image.reference.text,
                       .failure = {{runtime::Failure::Kind::runtime_gone, problem}}});
  write_report(options, results, Duration::zero());
}

std::string new_uuid() {
  std::array<std::uint8_t, 16> random{};
  // So few bytes come whole, and only the boot is before them.
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    std::abort();
  return metrics::uuid_of(random);
}

// How registries are reached for the sizes of layers: the variables are the service's. Soon, or not
// at all.
Result<registry::Client::Options> registry_options(const Environment& environment) {
  auto insecure = registry::InsecureRegistries::parse(value_of(environment, "INSECURE_REGISTRIES"));
  if (!insecure) return insecure.error();
  auto proxies = registry::ProxyRules::from(environment);
  if (!proxies) return proxies.error();
  return registry::Client::Options{.insecure = std::move(*insecure),
                                   .proxies = std::move(*proxies),
                                   .ca_file = value_of(environment, "REGISTRY_CA_FILE"),
                                   .deadline = std::chrono::seconds(5),
                                   .idle = std::chrono::seconds(5)};
}

// One run of `fetch`, on the loop: the runtime is found, images are pulled, pins, metrics and
// label follow.
class Run {
 public:
  Run(Loop& loop, const Environment& environment, FetchOptions options, Inputs inputs,
      std::vector<CredentialProvider> providers, std::vector<Socket> sockets,
      std::unique_ptr<Output> output)
      : loop_(loop),
        environment_(environment),
        options_(std::move(options)),
        inputs_(std::move(inputs)),
        output_(std::move(output)),
        recorder_(*output_, loop, node_name(environment), new_uuid),
        begun_(loop.now()),
        finder_(loop, std::move(sockets), instance_name(options_.instance, environment)) {
    if (!providers.empty())
      providers_.emplace(loop, std::move(providers), options_.provider_bin_dir);
  }

  int run() {
    loop_.on_signal([this](int signal) {
      log::info("signal received", {{"signal", signal}});
      if (fetch_ && !is_over_) leave(fetch_->results("told to end before it was pulled"));
      code_ = exit_missing;
      loop_.stop();
    });
    finder_.start([this](Result<FoundRuntime> found) {
      if (found) {
        found_ = std::move(*found);
        return list_images("before", [this] { ask_providers(0); });
      }
      tell_that_none_is_had(options_, inputs_, found.error().message);
      code_ = exit_missing;
      label(false);
    });
    loop_.run();
    labeler_.reset();
    submitter_.reset();
    pinning_.reset();
    fetch_.reset();  // before the runtime that it asks
    return code_;
  }

 private:
  // Plugins come before the secret, as in image-prefetcher.
  void ask_providers(std::size_t image) {
    if (!providers_ || image == inputs_.images.size()) return find_disk();
    call_ = providers_->get(inputs_.images[image].reference,
                            [this, image](std::vector<registry::Credentials> found) {
                              const HandlePtr ended = std::move(call_);
                              auto& all = inputs_.images[image].credentials;
                              all.insert(all.begin(), found.begin(), found.end());
                              ask_providers(image + 1);
                            });
  }

  // Where the disk for images cannot be seen, that is said, and all goes on.
  void find_disk() {
    if (options_.disk_limit == 0) return fetch();
    call_ = found_.runtime->store(
        [this](const Result<std::optional<std::string>, runtime::Failure>& store) {
          const std::string folder = folder_on_disk_of(store && *store ? **store : "");
          if (filesystem_of(folder))
            guard_disk(folder);
          else
            log::info(
                "pulling without a look at the disk: the one for images cannot be seen from "
                "here",
                {{"store", store && *store ? **store : "not known"}});
          next_ = loop_.after(Duration::zero(), [this] {
            call_.reset();
            fetch();
          });
        });
  }

  void guard_disk(const std::string& folder) {
    auto options = registry_options(environment_);
    if (!options)
      return log::warn("pulling without a look at the disk: registries cannot be asked",
                       {{"problem", options.error().message}});
    registry_ = std::make_unique<registry::Client>(loop_, std::move(*options));
    guard_.emplace(DiskGuard::Parts{*found_.runtime, loop_, *registry_, *registry_,
                                    types::platform_of_machine(machine_name())},
                   options_.disk_limit, [folder] { return filesystem_of(folder); });
  }

  void fetch() {
    fetch_.emplace(*found_.runtime, loop_, recorder_, inputs_.images, options_.limits,
                   guard_ ? &*guard_ : nullptr);
    fetch_->start([this](const std::vector<ImageResult>& results) {
      is_over_ = true;
      std::size_t failed = inputs_.bad_entries.size();
      for (const auto& result : results) failed += result.failure ? 1 : 0;
      leave(results);
      code_ = failed > 0 && !options_.best_effort ? exit_missing : 0;
      next_ = loop_.after(Duration::zero(), [this, results, failed] {
        list_images("after", [this, results, failed] { pin(results, failed == 0); });
      });
    });
  }

  void list_images(const char* stage, std::function<void()> then) {
    if (!options_.debug) return then();
    call_ = log_images(*found_.runtime, options_.image_list_timeout, stage,
                       [this, then = std::move(then)] {
                         next_ = loop_.after(Duration::zero(), [this, then] {
                           call_.reset();
                           then();
                         });
                       });
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
      // What is there and not pinned goes first when the disk is full.
      if (!summary.failures.empty() && !options_.best_effort) code_ = exit_missing;
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

  void leave(const std::vector<ImageResult>& results) const {
    write_report(options_, results, loop_.now() - begun_);
    if (!options_.done_file.empty() && !add_to_done_file(options_.done_file, results))
      log::warn("cannot write what is done", {{"path", options_.done_file}});
  }

  Loop& loop_;
  const Environment& environment_;
  const FetchOptions options_;
  Inputs inputs_;
  std::optional<CredentialProviders> providers_;
  const std::unique_ptr<Output> output_;
  AttemptRecorder recorder_;
  const SteadyTime begun_;
  RuntimeFinder finder_;
  FoundRuntime found_;
  std::unique_ptr<registry::Client> registry_;
  std::optional<DiskGuard> guard_;
  std::optional<Fetch> fetch_;
  std::optional<Pinning> pinning_;
  std::optional<metrics::Submitter> submitter_;
  kube::Connection connection_;
  std::optional<NodeLabeler> labeler_;
  bool is_over_ = false;
  int code_ = 0;
  HandlePtr next_, call_;
};

bool is_terminal(int fd, const Environment& environment) {
  const std::string kind = value_of(environment, "TERM");
  return isatty(fd) == 1 && !kind.empty() && kind != "dumb";
}

std::unique_ptr<Output> output_of(Format format, const Environment& environment) {
  if (format == Format::log && is_terminal(STDERR_FILENO, environment))
    return make_terminal_output(STDERR_FILENO);
  if (format != Format::docker) return make_log_output();
  return make_docker_output(node_name(environment), [](const std::string& line) {
    std::fprintf(stdout, "%s\n", line.c_str());
    std::fflush(stdout);
  });
}

void set_up_log(const FetchOptions& options) {
  if (options.format == Format::json) log::set_style(log::Style::json);
  if (options.format == Format::log) log::set_style(log::Style::go);
  if (options.debug) log::set_level(log::Level::debug);
}

}  // namespace

int fetch(const std::vector<std::string>& arguments, const Environment& environment) {
  FetchReading reading = read_fetch_options(arguments);
  if (reading.wants_help) {
    std::fputs(fetch_help().c_str(), stdout);
    return 0;
  }
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
  auto sockets = sockets_to_try(reading.options->cri_socket, is_socket);
  if (!sockets) {
    tell_that_none_is_had(*reading.options, *inputs, sockets.error().message);
    return exit_missing;
  }
  auto output = output_of(reading.options->format, environment);
  Loop loop(http::io_context());
  return Run(loop, environment, std::move(*reading.options), std::move(*inputs),
             std::move(providers), std::move(*sockets), std::move(output))
      .run();
}

}  // namespace kip::agent
