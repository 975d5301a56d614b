#include "agent/fetch_run.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

#include <sys/random.h>
#include <unistd.h>

#include "agent/commands.h"
#include "agent/done_file.h"
#include "agent/image_listing.h"
#include "agent/report_file.h"
#include "agent/termination_message.h"
#include "base/log.h"

namespace kip::agent {

namespace {

// Of a pod: its name.
std::string host_name() {
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

}  // namespace

void write_report(const FetchOptions& options, const std::vector<ImageResult>& results,
                  Duration took, const std::vector<std::string>& bad_entries) {
  leave_report(options.report, termination_message(results, took, bad_entries));
}

std::string node_name(const Environment& environment) {
  const std::string name = value_of(environment, "NODE_NAME");
  return name.empty() ? host_name() : name;
}

FetchRun::FetchRun(Loop& loop, const Environment& environment, FetchOptions options, Inputs inputs,
                   std::vector<CredentialProvider> providers,
                   const Result<std::vector<Socket>>& sockets, std::unique_ptr<Output> output)
    : loop_(loop),
      environment_(environment),
      options_(std::move(options)),
      inputs_(std::move(inputs)),
      output_(std::move(output)),
      recorder_(*output_, loop, node_name(environment), new_uuid),
      begun_(loop.now()),
      flaw_(sockets ? "" : sockets.error().message),
      finder_(loop, sockets ? *sockets : std::vector<Socket>(),
              puller_name(options_, environment, host_name())),
      disk_(loop, environment) {
  if (!providers.empty()) providers_.emplace(loop, std::move(providers), options_.provider_bin_dir);
}

int FetchRun::run() {
  loop_.on_signal([this](int signal) {
    log::info("signal received", {{"signal", signal}});
    const std::string why = "told to end before it was pulled";
    if (!is_over_)
      leave(fetch_ ? fetch_->results(why) : not_tried({types::PullFailure::other, why}));
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

void FetchRun::find_runtime() {
  finder_.start([this](Result<FoundRuntime> found) {
    if (found) {
      found_ = std::move(*found);
      return list_images("before", [this] { ask_providers(); });
    }
    cannot_begin(found.error().message);
  });
}

// Plugins come before the secret, as in image-prefetcher.
void FetchRun::ask_providers() {
  if (!providers_) return find_disk();
  std::vector<types::ImageReference> references;
  for (const auto& image : inputs_.images) references.push_back(image.reference);
  // The other half is for pulls.
  call_ = providers_->get_all(references, options_.limits.overall / 2, [this](const auto& found) {
    const HandlePtr ended = std::move(call_);
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto& all = inputs_.images[i].credentials;
      all.insert(all.begin(), found[i].begin(), found[i].end());
    }
    find_disk();
  });
}

void FetchRun::find_disk() {
  disk_.find(*found_.runtime, options_.disk_limit, [this](DiskGuard* guard) { fetch(guard); });
}

void FetchRun::fetch(DiskGuard* guard) {
  PullLimits limits = options_.limits;  // of the overall time, what the plugins left
  limits.overall = std::max<Duration>(limits.overall - (loop_.now() - begun_), limits.overall / 2);
  fetch_.emplace(*found_.runtime, loop_, recorder_, inputs_.images, limits, guard);
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

void FetchRun::list_images(const char* stage, std::function<void()> then) {
  if (!options_.debug) return then();
  call_ = log_images(*found_.runtime, options_.image_list_timeout, stage,
                     [this, then = std::move(then)] {
                       next_ = loop_.after(Duration::zero(), [this, then] {
                         call_.reset();
                         then();
                       });
                     });
}

// Told as a pull that failed is: in the report, the metrics and the label.
void FetchRun::cannot_begin(const std::string& problem) {
  log::error("cannot begin", {{"problem", problem}});
  is_over_ = true;
  code_ = exit_missing;
  const auto results = not_tried({types::PullFailure::runtime_gone, problem});
  for (const auto& result : results) recorder_.on_ended(result, nullptr);
  leave(results);
  submit(false);
}

std::vector<ImageResult> FetchRun::not_tried(const runtime::Failure& why) const {
  std::vector<ImageResult> results;
  for (const auto& image : inputs_.images)
    results.push_back({.image = image.reference.text, .failure = why});
  return results;
}

void FetchRun::pin(const std::vector<ImageResult>& results, bool succeeded) {
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

void FetchRun::submit(bool succeeded) {
  if (!options_.metrics_endpoint) return label(succeeded);
  submitter_.emplace(loop_, *options_.metrics_endpoint, metrics::Submitter::Limits{});
  submitter_->submit(recorder_.results(), [this, succeeded] { label(succeeded); });
}

void FetchRun::label(bool succeeded) {
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

void FetchRun::leave(const std::vector<ImageResult>& results) const {
  write_report(options_, results, loop_.now() - begun_, inputs_.bad_entries);
  if (!options_.done_file.empty() && !add_to_done_file(options_.done_file, results))
    log::warn("cannot write what is done", {{"path", options_.done_file}});
}

}  // namespace kip::agent
