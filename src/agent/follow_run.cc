#include "agent/follow_run.h"

#include <algorithm>
#include <utility>

#include "agent/commands.h"
#include "agent/fetch_run.h"
#include "agent/image_list.h"
#include "agent/inputs.h"
#include "base/log.h"
#include "base/text.h"
#include "metrics/health.h"

namespace kip::agent {

namespace {

using namespace std::chrono_literals;

// A runtime that is being restarted, or that is not installed yet.
constexpr Duration until_next_search = 5s;
// The kubelet changes a mounted ConfigMap within a minute.
constexpr Duration list_pace = 2s;
// At the end, for NATS to take what was said.
constexpr Duration good_bye = 500ms;

}  // namespace

FollowRun::FollowRun(Loop& loop, const Environment& environment, FollowOptions options)
    : loop_(loop),
      environment_(environment),
      options_(std::move(options)),
      disk_(loop, environment),
      follower_(loop, options_.follower,
                [this](const types::ImageReference& image) { return credentials_for(image); }),
      list_file_(options_.list_file, "the list of images") {}

int FollowRun::run() {
  loop_.on_signal([this](int signal) {
    log::info("signal received", {{"signal", signal}});
    if (std::exchange(is_ending_, true)) return loop_.stop();
    end();
  });
  if (!listen()) return exit_missing;
  find_runtime();
  subscribe();
  if (!options_.list_file.empty()) look_at_list();
  loop_.run();
  return 0;
}

// What is pulled now goes on from there, after a restart.
void FollowRun::end() {
  if (!nats_) return loop_.stop();
  nats_->close(good_bye, [this] { loop_.stop(); });
}

bool FollowRun::listen() {
  if (!options_.listen) return true;
  auto server = metrics::HttpServer::listen(
      loop_, options_.listen->port,
      [this](const metrics::HttpServer::Request& request) {
        FollowPage page = follow_page(request.path, state());
        return metrics::answer_of(page.status, std::move(page.content_type), std::move(page.body));
      },
      {}, options_.listen->ip);
  if (!server) {
    log::error("cannot begin", {{"problem", server.error().message}});
    return false;
  }
  server_ = std::move(*server);
  return true;
}

// kubernetes-warm-images' manifests name Docker's socket whatever the node has.
Result<std::vector<Socket>> FollowRun::sockets() const {
  if (options_.cri_socket.empty() && options_.runtime.empty() && !options_.docker_socket.empty()) {
    auto docker = sockets_to_try(options_.docker_socket, "", is_socket);
    if (docker && std::all_of(docker->begin(), docker->end(),
                              [](const Socket& each) { return is_socket(each.path); }))
      return docker;
  }
  return sockets_to_try(options_.cri_socket, options_.runtime, is_socket);
}

void FollowRun::find_runtime() {
  const auto try_again = [this](const std::string& why) {
    if (runtime_trouble_ != std::exchange(runtime_trouble_, why))
      log::warn("no container runtime answers; looking again", {{"problem", why}});
    next_ = loop_.after(until_next_search, [this] { find_runtime(); });
  };
  auto found = sockets();
  if (!found) return try_again(found.error().message);
  const std::string host = node_name(environment_);
  const FetchOptions puller{.pin = options_.follower.pin, .instance = options_.instance};
  finder_.emplace(loop_, std::move(*found), puller_name(puller, environment_, host));
  finder_->start([this, try_again](Result<FoundRuntime> runtime) {
    if (!runtime) return try_again(runtime.error().message);
    found_ = std::move(*runtime);
    next_ = loop_.after(Duration::zero(), [this] { use_runtime(); });
  });
}

void FollowRun::use_runtime() {
  disk_.find(*found_.runtime, options_.disk_limit, [this](DiskGuard* guard) {
    runtime_trouble_.clear();
    follower_.use(*found_.runtime, *found_.pins, guard);
  });
}

void FollowRun::subscribe() {
  if (options_.nats.servers.empty()) return;
  nats_ = std::make_unique<nats::Client>(
      loop_, nats::client_options(options_.nats, "image-puller-agent " + node_name(environment_)),
      nats::Client::Sink{});
  nats_->subscribe(options_.nats.subject, [this](std::string_view text) { on_message(text); });
  nats_->start();
}

void FollowRun::on_message(std::string_view text) {
  ++messages_;
  const std::string_view word = trimmed(text);
  const auto image = types::parse_image_reference(word);
  if (!image) {
    ++bad_messages_;
    return log::warn("a message is no image; left out", {{"problem", image.error().message}});
  }
  log::debug("an image was published", {{"image", image->text}});
  follower_.hear(*image);
}

void FollowRun::look_at_list() {
  auto text = list_file_.read();
  const std::string trouble = text ? "" : text.error().message;
  if (trouble != std::exchange(list_trouble_, trouble) && !trouble.empty())
    log::warn("the list of images cannot be read yet", {{"problem", trouble}});
  if (text && list_ != *text) {
    list_ = *text;
    ImageList list;
    add_lines(list, *text, options_.list_file);
    for (const auto& problem : list.problems)
      log::warn("not an image; pulling the others", {{"problem", problem}});
    log::info("the list of images is read", {{"images", list.images.size()}});
    listed_ = std::move(list.images);
  }
  // Told each time: what is long there is asked for again.
  if (list_) follower_.set_list(listed_);
  list_timer_ = loop_.after(list_pace, [this] { look_at_list(); });
}

std::vector<registry::Credentials> FollowRun::credentials_for(const types::ImageReference& image) {
  if (options_.docker_configs.empty()) return {};
  std::vector<std::string> warnings;
  const auto keyring = read_keyring(options_.docker_configs, warnings);
  if (!keyring) warnings.push_back(keyring.error().message);
  if (warnings != told_warnings_)
    for (const auto& warning : warnings)
      log::warn("credentials cannot be used", {{"problem", warning}});
  told_warnings_ = std::move(warnings);
  return keyring ? keyring->matching(image) : std::vector<registry::Credentials>();
}

// One of NATS and the list is enough.
FollowState FollowRun::state() const {
  const bool hears = (nats_ && nats_->is_connected()) || list_;
  std::string trouble = runtime_trouble_;
  if (trouble.empty() && !hears) trouble = nats_ ? nats_->trouble() : list_trouble_;
  return {.trouble = std::move(trouble),
          .totals = follower_.totals(),
          .counts = follower_.counts(),
          .messages = messages_,
          .bad_messages = bad_messages_,
          .uses_nats = nats_ != nullptr,
          .is_connected = nats_ && nats_->is_connected()};
}

}  // namespace kip::agent
