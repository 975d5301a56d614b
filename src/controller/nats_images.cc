#include "controller/nats_images.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "controller/image_news.h"
#include "core/names.h"
#include "kube/outage.h"

namespace kip::controller {

namespace {

using namespace std::chrono_literals;

constexpr const char* key = "images.json";
// A publisher sends its list as one message after another: that is one change of the DaemonSet.
constexpr Duration gather_time = 5s;
constexpr Duration longest_wait = 1h;  // a wall clock may be set meanwhile
constexpr Duration between_lines = 1h;

// Few writes, and little of an age is lost with a restart: half a day of a week.
Duration pace_of(Duration forget_after) { return std::clamp<Duration>(forget_after / 14, 1s, 12h); }

}  // namespace

std::string NatsImages::configmap_name(const std::string& daemonset_name) {
  return daemonset_name + "-published";
}

NatsImages::NatsImages(http::Transport& transport, Scheduler& scheduler,
                       const config::Settings& settings, Subscribe subscribe)
    : scheduler_(scheduler),
      asked_(settings.nats),
      subscribe_(std::move(subscribe)),
      pace_(pace_of(asked_.forget_after)),
      stored_(kube::Client(transport), scheduler,
              {.namespace_name = settings.namespace_name,
               .name = configmap_name(settings.daemonset_name),
               .key = key,
               .deployment_name = settings.deployment_name,
               .labels = {{core::managed_by_label, core::managed_by_value}},
               .trouble = "cannot read or write the list of published images; trying again"},
              {.on_refused = [this](const http::Error& error) { refused(error); }}),
      published_({.most = asked_.max_images,
                  .forget_after = asked_.forget_after,
                  .gives_way_after = std::max<Duration>(asked_.forget_after / 7, 1h)}) {}

void NatsImages::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
  stored_.read([this](const auto& text) { on_stored(text); });
}

void NatsImages::on_stored(const std::optional<std::string>& text) {
  if (text) {
    if (auto good = published_.restore(parse_json(*text), scheduler_.wall_now()); !good)
      log::warn("the list of published images cannot be read; making it anew",
                {{"configmap", stored_.name()}, {"error", good.error().message}});
  }
  deaf_since_ = scheduler_.now();
  is_known_ = true;
  for (auto& reference : published_.images()) wanted_.push_back({std::move(reference)});
  subscription_ =
      subscribe_(asked_, {.on_message = [this](std::string_view payload) { on_message(payload); },
                          .on_connected = [this] { on_connected(); },
                          .on_disconnected = [this] { on_disconnected(); }});
  on_change_();
}

void NatsImages::on_connected() {
  if (deaf_since_) published_.was_deaf(scheduler_.now() - *std::exchange(deaf_since_, {}));
  wait();
}

// From now on no age counts.
void NatsImages::on_disconnected() {
  deaf_since_ = scheduler_.now();
  timer_.reset();
}

void NatsImages::on_message(std::string_view payload) {
  const auto image = core::read_published(payload);
  if (!image) {
    if (const auto count = bad_.take(scheduler_.now()))
      log::warn(
          "a message is no image; left out",
          {{"subject", asked_.subject}, {"messages", count}, {"problem", image.error().message}});
    return;
  }
  switch (published_.hear(*image, scheduler_.wall_now())) {
    case core::PublishedImages::Heard::is_new:
      return gather();
    case core::PublishedImages::Heard::again:
      if (published_.is_worn(pace_)) gather();
      return;
    case core::PublishedImages::Heard::left_out:
      if (const auto count = left_out_.take(scheduler_.now()))
        log::warn(
            "more images are published than NATS_MAX_IMAGES; leaving out those that came last",
            {{"image", image->text}, {"messages", count}});
  }
}

void NatsImages::gather() {
  if (gathering_) return;
  gathering_ = scheduler_.after(gather_time, [this] {
    const HandlePtr ended = std::move(gathering_);
    tell();
  });
}

void NatsImages::wait() {
  Duration delay = longest_wait;
  if (const auto next = published_.next_forgotten())
    delay = std::min({delay, pace_, *next - scheduler_.wall_now()});
  timer_ = scheduler_.after(std::max<Duration>(delay, 0ms), [this] {
    const HandlePtr ended = std::move(timer_);
    tell();
  });
}

void NatsImages::tell() {
  const WallTime now = scheduler_.wall_now();
  if (!deaf_since_) {
    published_.forget(now);
    wait();
  }
  std::vector<WantedImage> wanted;
  for (auto& reference : published_.images()) wanted.push_back({std::move(reference)});
  const bool is_news = wanted != wanted_;
  const bool is_old = !wanted.empty() && now - written_ >= 2 * pace_;  // so are the ages in it
  if (is_news || is_old || published_.is_worn(pace_)) {
    stored_.write(to_text(published_.stored(now)));
    written_ = now;
  }
  const auto before = std::exchange(wanted_, std::move(wanted));
  if (!is_news) return;
  log_image_news("published images", before, wanted_);
  on_change_();
}

void NatsImages::refused(const http::Error& error) {
  if (std::exchange(told_refused_, true)) return;
  kube::warn_of_missing_rule(
      "may not keep the list of published images, so that a restart forgets them; add the rule to "
      "the Role",
      "apiGroups: [\"\"], resources: [configmaps], verbs: [create, get, update]",
      {{"configmap", stored_.name()}, {"error", error.message}});
}

std::size_t NatsImages::Seldom::take(SteadyTime now) {
  ++since;
  if (told && now - *told < between_lines) return 0;
  told = now;
  return std::exchange(since, 0);
}

}  // namespace kip::controller
