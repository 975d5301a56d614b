#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/main_loop.h"
#include "cli/process.h"
#include "controller/discovery.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/limited_transport.h"
#include "loop/watched_file.h"
#include "metrics/health.h"
#include "metrics/http_server.h"
#include "nats/client.h"
#include "publish/list_configmap.h"
#include "publish/list_sender.h"
#include "publish/options.h"

namespace kip::cli {

namespace {

using namespace std::chrono_literals;

// The kubelet changes a mounted ConfigMap within a minute.
constexpr Duration files_pace = 2s;
// At the end, for NATS to take what was said.
constexpr Duration good_bye = 500ms;

class Publisher {
 public:
  Publisher(Loop& loop, const Environment& environment, const publish::Options& options,
            http::Transport& transport)
      : loop_(loop),
        environment_(environment),
        options_(options),
        transport_(transport),
        namespaces_(options.namespaces_file, "the list of namespaces"),
        ignored_(options.ignored_namespaces_file, "the list of namespaces to ignore") {
    if (!options.nats.servers.empty()) {
      nats_.emplace(loop, nats::client_options(options.nats, "kubernetes-image-puller"),
                    nats::Client::Sink{.on_connected = [this] { sender_->on_connected(); }});
      sender_.emplace(
          loop,
          publish::ListSender::Link{.is_connected = [this] { return nats_->is_connected(); },
                                    .publish =
                                        [this](const std::string& image) {
                                          return nats_->publish(options_.nats.subject, image);
                                        }},
          options.resend);
    }
    if (!options.configmap.empty())
      configmap_.emplace(kube::Client(transport), loop, options.namespace_name, options.configmap,
                         options.deployment);
  }

  bool start() {
    if (options_.listen) {
      auto server = metrics::HttpServer::listen(
          loop_, options_.listen->port,
          [this](const metrics::HttpServer::Request& request) {
            return metrics::health_answer(request.path == "/readyz" ? trouble() : "");
          },
          {}, options_.listen->ip);
      if (!server) {
        log::error("cannot begin", {{"problem", server.error().message}});
        return false;
      }
      server_ = std::move(*server);
    }
    if (nats_) nats_->start();
    look_at_files();
    return true;
  }

  void stop(std::function<void()> done) {
    if (!nats_) return done();
    nats_->close(good_bye, std::move(done));
  }

 private:
  // Namespaces that are not yet there are followed all the same; a file that is not there is empty,
  // as kubernetes-warm-images' chart has no list of those to ignore.
  void look_at_files() {
    const std::pair<std::string, std::string> now = {namespaces_.text_if_there(),
                                                     ignored_.text_if_there()};
    if (now != files_) {
      files_ = now;
      follow();
    }
    timer_ = loop_.after(files_pace, [this] { look_at_files(); });
  }

  void follow() {
    std::vector<std::string> problems;
    auto reading = publish::discovery_settings(environment_, options_, files_->first,
                                               files_->second, problems);
    for (const auto& problem : reading.problems)
      problems.push_back(problem.setting + ": " + problem.message);
    const bool is_on = reading.settings && reading.settings->discovery.is_on();
    for (const auto& problem : problems)
      log::warn("a setting of what is followed cannot be used", {{"problem", problem}});
    discovery_.reset();
    if (!is_on) {
      trouble_ = "no namespace is followed: " + options_.namespaces_file;
      return log::warn("no namespace is followed", {{"file", options_.namespaces_file}});
    }
    trouble_.clear();
    log::info("following the workloads",
              {{"namespaces", reading.settings->discovery.all_namespaces
                                  ? "*"
                                  : joined(reading.settings->discovery.namespaces)},
               {"ignored", joined(reading.settings->discovery.ignored_namespaces)}});
    discovery_ = std::make_unique<controller::Discovery>(transport_, loop_, *reading.settings);
    discovery_->start([this] { tell(); });
    tell();
  }

  void tell() {
    if (!discovery_->is_known()) return;
    std::vector<std::string> images;
    for (const auto& wanted : discovery_->images()) images.push_back(wanted.reference.text);
    log::info("the list of images", {{"images", images.size()}});
    if (configmap_) configmap_->set_list(images);
    if (sender_) sender_->set_list(std::move(images));
  }

  std::string trouble() const {
    if (!trouble_.empty()) return trouble_;
    if (!discovery_ || !discovery_->is_known()) return "the workloads are not known yet";
    if (nats_ && nats_->is_connected()) return {};
    if (configmap_ && configmap_->is_written()) return {};
    return nats_ ? nats_->trouble() : "the list of images is not written yet";
  }

  Loop& loop_;
  const Environment& environment_;
  const publish::Options options_;
  http::Transport& transport_;
  WatchedFile namespaces_, ignored_;
  std::optional<std::pair<std::string, std::string>> files_;
  std::string trouble_ = "nothing is followed yet";
  std::optional<nats::Client> nats_;
  std::optional<publish::ListSender> sender_;
  std::optional<publish::ListConfigMap> configmap_;
  std::unique_ptr<controller::Discovery> discovery_;
  std::unique_ptr<metrics::HttpServer> server_;
  HandlePtr timer_;
};

}  // namespace

int publish(const std::vector<std::string>& arguments, const Environment& environment) {
  publish::Reading reading = publish::read_options(arguments, environment);
  if (reading.wants_help) {
    std::fputs(publish::help().c_str(), stdout);
    return 0;
  }
  set_up_heap();
  if (const std::string host = value_of(environment, "HOST_IP"); !host.empty())
    log::set_fields({{"host", host}});
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.problems.empty()) return exit_config;
  if (reading.options.debug) log::set_level(log::Level::debug);
  raise_descriptor_limit();
  Loop loop{http::io_context()};
  const auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("cannot reach a cluster", {{"problem", connection.error().message}});
    return exit_config;
  }
  if (reading.options.namespace_name.empty())
    reading.options.namespace_name = connection->own_namespace;
  if (reading.options.namespace_name.empty()) {
    log::error("invalid argument", {{"problem", "--namespace is not set, outside a cluster"}});
    return exit_config;
  }
  Publisher publisher(loop, environment, reading.options, *connection->transport);
  if (!publisher.start()) return exit_unavailable;
  run_until_signal(loop, [&](std::function<void()> done) { publisher.stop(std::move(done)); });
  return 0;
}

}  // namespace kip::cli
