#include <cstdio>
#include <memory>

#include <unistd.h>

#include "agent/commands.h"
#include "agent/fetch_run.h"
#include "base/log.h"
#include "http/io_context.h"

namespace kip::agent {

namespace {

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
  auto sockets = sockets_to_try(reading.options->cri_socket, reading.options->runtime, is_socket);
  if (inputs->images.empty()) {
    if (!inputs->bad_entries.empty()) {
      write_report(*reading.options, {}, Duration::zero(), inputs->bad_entries);
      return exit_config;
    }
    log::warn("the list has no images; nothing was pulled");
    if (!reading.options->pin) return 0;
    // All that is pinned left the list.
    return release_pins(std::move(sockets), instance_name(reading.options->instance, environment));
  }
  auto output = output_of(reading.options->format, environment);
  Loop loop(http::io_context());
  return FetchRun(loop, environment, std::move(*reading.options), std::move(*inputs),
                  std::move(providers), sockets, std::move(output))
      .run();
}

}  // namespace kip::agent
