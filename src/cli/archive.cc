#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "agent/report_file.h"
#include "agent/termination_message.h"
#include "archive/pass.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/main_loop.h"
#include "cli/process.h"
#include "http/io_context.h"
#include "registry/client_options.h"

namespace kip::cli {

namespace {

constexpr int exit_missing = 1;

// What failed is tried again sooner than what is there: a registry may be back, a tag be pushed.
constexpr Duration after_failure = std::chrono::minutes(10);

// Runners wait for what was removed, and three calls of stat(2) are cheap.
constexpr Duration between_looks_at_folder = std::chrono::seconds(5);

void tell_problems(const archive::Inputs& inputs) {
  for (const auto& warning : inputs.warnings)
    log::warn("credentials cannot be used", {{"problem", warning}});
  for (const auto& problem : inputs.bad_entries)
    log::error("not an image to archive; going on with the others", {{"problem", problem}});
}

// Checks, one after the other, on the loop.
class Archives {
 public:
  Archives(Loop& loop, const Environment& environment, archive::Options options,
           archive::Folder folder, registry::Client::Options client)
      : loop_(loop),
        environment_(environment),
        options_(std::move(options)),
        folder_(std::move(folder)),
        client_(std::move(client)),
        output_(agent::make_log_output()) {}

  // `first`: read already, as what is wrong with it ends the program.
  int run(archive::Inputs first) {
    tell_files(first);
    check(std::move(first));
    if (!options_.once) look_at_folder();
    run_until_signal(loop_, [this](const std::function<void()>& done) {
      if (options_.once && pass_) {
        write_report(pass_->results("told to end before it was there"));
        code_ = exit_missing;
      }
      done();
    });
    pass_.reset();
    return code_;
  }

 private:
  void check(archive::Inputs inputs) {
    begun_ = loop_.now();
    bad_entries_ = inputs.bad_entries;
    pass_.emplace(loop_, *output_, folder_, options_, std::move(inputs), client_);
    pass_->start([this](const std::vector<agent::ImageResult>& results) {
      std::size_t failed = bad_entries_.size();
      for (const auto& result : results) failed += result.failure ? 1 : 0;
      if (options_.once) {
        write_report(results);
        code_ = failed > 0 ? exit_missing : 0;
        return loop_.stop();
      }
      const Duration wait =
          failed > 0 ? std::min(options_.check_interval, after_failure) : options_.check_interval;
      timer_ = loop_.after(wait, [this] { check_again(); });
      // The client of registries holds the system's CAs, some MiB.
      end_ = loop_.after(Duration::zero(), [this] { pass_.reset(); });
    });
  }

  // A folder that somebody removed is made again, and all that was in it. In a pod that is not
  // possible, as its mount leads to what was removed: a new container gets a new mount.
  void look_at_folder() {
    folder_timer_ = loop_.after(between_looks_at_folder, [this] {
      const HandlePtr last = std::move(folder_timer_);
      if (!folder_.is_there()) {
        log::warn("the folder was removed; making it again", {{"path", options_.path}});
        timer_.reset();
        end_.reset();
        pass_.reset();
        auto folder = archive::Folder::open(options_.path);
        if (!folder) {
          log::error("the folder cannot be made; ending, as a new container has a new mount",
                     {{"problem", folder.error().message}});
          code_ = exit_missing;
          return loop_.stop();
        }
        folder_ = std::move(*folder);
        check_again();
      }
      look_at_folder();
    });
  }

  // The files may have changed. What cannot be read is as it was at the next time.
  void check_again() {
    auto inputs = archive::read_inputs(options_, environment_);
    if (!inputs) {
      log::error("cannot check", {{"problem", inputs.error().message}});
      timer_ =
          loop_.after(std::min(options_.check_interval, after_failure), [this] { check_again(); });
      return;
    }
    tell_problems(*inputs);
    if (inputs->images.empty())
      log::warn("the list has no images; what is there stays", {{"path", options_.path}});
    check(std::move(*inputs));
  }

  void tell_files(const archive::Inputs& inputs) const {
    for (const auto& [image, name] : inputs.images) {
      log::Fields fields = {{"image", image.text}, {"file", name.file}};
      if (!name.old_file.empty()) fields.emplace_back("link", name.old_file);
      log::info("archive", fields);
      if (name.repo_tag.empty())
        log::info("the archive loads without a name: the image is given by its digest alone",
                  {{"image", image.text}});
    }
  }

  void write_report(const std::vector<agent::ImageResult>& results) const {
    agent::leave_report(options_.report,
                        agent::termination_message(results, loop_.now() - begun_, bad_entries_));
  }

  Loop& loop_;
  const Environment& environment_;
  const archive::Options options_;
  archive::Folder folder_;
  const registry::Client::Options client_;
  const std::unique_ptr<agent::Output> output_;
  std::optional<archive::Pass> pass_;
  std::vector<std::string> bad_entries_;  // of the list that is checked
  SteadyTime begun_{};
  int code_ = 0;
  HandlePtr timer_, end_, folder_timer_;
};

int tell_if_ready(const archive::Folder& folder, const archive::Options& options,
                  const archive::Inputs& inputs) {
  const archive::Record record = folder.own().read_record();
  const auto& finished = record.finished;
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const bool is_of_list = record.list == archive::key_of_list(inputs.images, options.settings);
  if (finished && is_of_list &&
      now - *finished < 2 * options.check_interval + options.limits.overall)
    return 0;
  std::fprintf(stderr, "%s: %s\n", options.path.c_str(),
               (!finished || !is_of_list ? "no check of this list has ended yet"
                                         : "the last check ended at " + to_rfc3339(*finished))
                   .c_str());
  return exit_missing;
}

}  // namespace

int archive(const std::vector<std::string>& arguments, const Environment& environment) {
  set_up_heap();
  raise_descriptor_limit();
  auto reading = archive::read_options(arguments, machine_name());
  if (reading.wants_help) {
    std::fputs(archive::help().c_str(), stdout);
    return 0;
  }
  log::set_style(log::Style::go);
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.options) return exit_config;
  auto& options = *reading.options;
  if (options.debug) log::set_level(log::Level::debug);

  auto client = registry::client_options(environment);
  if (!client) {
    log::error("invalid setting", {{"problem", client.error().message}});
    return exit_config;
  }
  auto inputs = archive::read_inputs(options, environment);
  if (!inputs) {
    log::error("cannot begin", {{"problem", inputs.error().message}});
    return exit_config;
  }
  if (!options.asks_if_ready) tell_problems(*inputs);
  if (inputs->images.empty() && !options.asks_if_ready) {
    if (!inputs->bad_entries.empty()) return exit_config;
    log::warn("the list has no images; nothing was written");
    return 0;
  }
  // A question makes no folder.
  std::error_code failed;
  if (options.asks_if_ready && !std::filesystem::exists(options.path, failed)) {
    std::fprintf(stderr, "%s: it is not there, so no check has ended yet\n", options.path.c_str());
    return exit_missing;
  }
  auto folder = archive::Folder::open(options.path);
  if (!folder) {
    log::error("cannot begin", {{"problem", folder.error().message}});
    return folder.error().kind == types::PullFailure::no_space ? exit_missing : exit_config;
  }
  if (options.asks_if_ready) return tell_if_ready(*folder, options, *inputs);
  Loop loop{http::io_context()};
  return Archives(loop, environment, std::move(options), std::move(*folder), std::move(*client))
      .run(std::move(*inputs));
}

}  // namespace kip::cli
