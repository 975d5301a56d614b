#include "controller/tag_watcher.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

using Kind = core::TagState::Kind;
using Failure = registry::Failure;

// Many that begin at one moment do not ask at one moment; and the first DaemonSet comes first.
constexpr Duration first_within = 10s;
// An edit of the settings is often followed by the next one.
constexpr Duration after_edit = 5s;
// A round is waited for to be told as one, but not for a registry that limits us.
constexpr Duration patience = 1min;
// A registry that does not answer is asked again sooner than others: after this, doubling.
constexpr Duration after_failure = 1min;
// So many images in a row without an answer are a registry that is away. One alone may be behind
// another registry, for which this one only stands in; and one that says 5xx may do so of some.
constexpr int silent_images = 2, failing_images = 3;
// Longer than any registry's window; a wish for more is a mistake, or a time for a duration.
constexpr std::chrono::seconds longest_wish = 24h;

Kind kind_of(Failure::Kind failure) {
  switch (failure) {
    case Failure::Kind::not_found:
      return Kind::missing;
    case Failure::Kind::unauthorized:
    case Failure::Kind::denied:
      return Kind::refused;
    case Failure::Kind::rate_limited:
      return Kind::unasked;
    default:
      return Kind::unreachable;
  }
}

// After so many failures like this one in a row the next image of the registry would fare the same;
// 0: that says nothing of the next.
int enough_in_a_row(Failure::Kind failure) {
  switch (failure) {
    case Failure::Kind::rate_limited:
      return 1;
    case Failure::Kind::unreachable:
    case Failure::Kind::untrusted:
      return silent_images;
    case Failure::Kind::transient:
      return failing_images;
    default:
      return 0;
  }
}

std::vector<types::ImageReference> with_a_tag(const std::vector<config::CachedImage>& images) {
  std::vector<types::ImageReference> list;
  std::set<std::string> seen;
  for (const auto& image : images)
    if (image.reference.digest.empty() && seen.insert(image.reference.text).second)
      list.push_back(image.reference);
  return list;
}

}  // namespace

TagWatcher::TagWatcher(kube::Client client, Scheduler& scheduler, registry::Resolver& registries,
                       const config::Settings& settings, std::function<void()> on_change)
    : scheduler_(scheduler),
      registries_(registries),
      on_change_(std::move(on_change)),
      images_(with_a_tag(settings.images)),
      secrets_(settings.image_pull_secrets),
      insecure_registries_(settings.insecure_registries),
      ca_file_(settings.registry_ca_file),
      interval_(settings.interval),
      pull_secrets_(client, settings.namespace_name) {}

void TagWatcher::start() {
  is_started_ = true;
  const SteadyTime due =
      scheduler_.now() + std::chrono::duration_cast<Duration>(
                             std::min(first_within, interval_ / 4) * scheduler_.random());
  for (const auto& image : images_) domains_[image.domain].due = due;
  set_timer();
}

void TagWatcher::update(const config::Settings& settings) {
  interval_ = settings.interval;
  const auto is_other = [](auto& present, const auto& next) {
    return std::exchange(present, next) != next;
  };
  bool is_another_way = is_other(secrets_, settings.image_pull_secrets);
  is_another_way = is_other(insecure_registries_, settings.insecure_registries) || is_another_way;
  is_another_way = is_other(ca_file_, settings.registry_ca_file) || is_another_way;
  images_ = with_a_tag(settings.images);
  tags_.keep_only(images_);
  const SteadyTime soon = scheduler_.now() + std::min(after_edit, interval_ / 4);
  const SteadyTime latest = scheduler_.now() + interval_;
  std::set<std::string> present;
  for (const auto& image : images_)
    if (present.insert(image.domain).second) {
      Registry& registry = domains_[image.domain];
      const bool is_new = is_another_way || has_unasked(image.domain);
      if (is_another_way) registry.failures = 0;
      registry.again = registry.again || is_new;
      registry.due = std::min(registry.due, latest);
      // A registry that is not known yet is due for all that it has.
      if (is_new && !is_another_way && registry.begun != SteadyTime{} && !registry.rest_due)
        registry.rest_due = registry.is_asked ? registry.begun + interval_ : registry.due;
      if (is_another_way) registry.rest_due.reset();
      registry.due = std::max(is_new ? soon : registry.due, registry.not_before);
    }
  std::erase_if(domains_, [&](const auto& entry) {
    return !entry.second.is_asked && !present.contains(entry.first);
  });
  if (is_started_) set_timer();
}

void TagWatcher::nodes_disagree(const types::ImageReference& image) {
  const auto found = domains_.find(image.domain);
  if (found == domains_.end() || found->second.is_asked) return;
  Registry& registry = found->second;
  const SteadyTime earliest =
      std::max({registry.begun + interval_ / 4, scheduler_.now(), registry.not_before});
  if (registry.due <= earliest || (registry.hurried && *registry.hurried + interval_ > earliest))
    return;
  registry.due = earliest;
  registry.hurried = earliest;
  if (is_started_) set_timer();
}

bool TagWatcher::has_unasked(const std::string& domain) const {
  return std::any_of(images_.begin(), images_.end(), [&](const auto& image) {
    return image.domain == domain && !tags_.has(image);
  });
}

bool TagWatcher::has_images(const std::string& domain) const {
  return std::any_of(images_.begin(), images_.end(),
                     [&](const auto& image) { return image.domain == domain; });
}

Duration TagWatcher::with_jitter(Duration time) {
  return std::chrono::duration_cast<Duration>(time * (0.9 + 0.2 * scheduler_.random()));
}

void TagWatcher::set_timer() {
  timer_.reset();
  std::optional<SteadyTime> next;
  for (const auto& [domain, registry] : domains_)
    if (!registry.is_asked) next = std::min(next.value_or(registry.due), registry.due);
  if (!next) return;
  timer_ = scheduler_.after(std::max(*next - scheduler_.now(), Duration::zero()), [this] {
    const HandlePtr ended = std::move(timer_);
    begin_rounds();
  });
}

// What is known of a round that takes long, each minute of it.
void TagWatcher::publish_later() {
  later_ = scheduler_.after(patience, [this] {
    const HandlePtr ended = std::move(later_);
    publish_later();
    publish();
  });
}

void TagWatcher::begin_rounds() {
  const SteadyTime now = scheduler_.now();
  for (auto& [domain, registry] : domains_) {
    if (registry.is_asked || registry.due > now) continue;
    registry.is_asked = true;
    registry.has_failed = registry.again = false;
    registry.silent = 0;
    registry.begun = now;
    // A round for what is new alone, before the one that is due for all.
    registry.is_whole = !registry.rest_due || *registry.rest_due <= now;
    if (registry.is_whole) registry.rest_due.reset();
    for (const auto& image : images_)
      if (image.domain == domain && (registry.is_whole || !tags_.has(image)))
        registry.left.push_back(image);
    const std::string begin_with = std::exchange(registry.first, "");
    const auto first = std::find_if(registry.left.begin(), registry.left.end(),
                                    [&](const auto& image) { return image.text == begin_with; });
    if (first != registry.left.end())
      std::rotate(registry.left.begin(), first, registry.left.end());
  }
  if (!later_) publish_later();
  pull_secrets_.read(secrets_, [this](const registry::Keyring* keyring) { ask(keyring); });
  set_timer();
}

// Without the secrets a registry would say that there are no such images: it is asked later.
void TagWatcher::ask(const registry::Keyring* keyring) {
  std::vector<std::string> idle;
  for (auto& [domain, registry] : domains_) {
    if (!registry.is_asked || registry.call) continue;
    idle.push_back(domain);
    if (keyring != nullptr) continue;
    registry.left.clear();
    registry.has_failed = true;
  }
  if (keyring != nullptr) keyring_ = *keyring;
  for (const auto& domain : idle) ask_next(domain);
}

void TagWatcher::ask_next(const std::string& domain) {
  Registry& registry = domains_.at(domain);
  if (registry.left.empty()) return end_round(domain);
  const types::ImageReference image = std::move(registry.left.front());
  registry.left.pop_front();
  registry.call =
      registries_.resolve(image, keyring_.matching(image),
                          [this, domain, image](const Result<registry::Resolved, Failure>& answer) {
                            const HandlePtr ended = std::move(domains_.at(domain).call);
                            on_answer(domain, image, answer);
                            ask_next(domain);
                          });
}

void TagWatcher::on_answer(const std::string& domain, const types::ImageReference& image,
                           const Result<registry::Resolved, Failure>& answer) {
  Registry& registry = domains_.at(domain);
  if (answer) {
    registry.silent = 0;
    return put(image, Kind::known, answer->digest.text(), "");
  }
  const Failure& failure = answer.error();
  const Kind kind = kind_of(failure.kind);
  log::debug("a registry did not tell a digest",
             {{"image", image.text}, {"problem", failure.message}});
  put(image, kind, "", failure.message);
  registry.has_failed = registry.has_failed || kind == Kind::unreachable || kind == Kind::unasked;
  if (failure.retry_after)
    registry.not_before = std::max(registry.not_before,
                                   scheduler_.now() + std::min(*failure.retry_after, longest_wish));
  const int enough = enough_in_a_row(failure.kind);
  registry.silent = enough > 0 ? registry.silent + 1 : 0;
  if (enough == 0 || registry.silent < enough) return;
  if (!registry.left.empty()) registry.first = registry.left.front().text;
  for (; !registry.left.empty(); registry.left.pop_front())
    put(registry.left.front(), kind, "", "not asked for, as " + failure.message);
}

void TagWatcher::put(const types::ImageReference& image, Kind kind, std::string digest,
                     std::string trouble) {
  if (std::find(images_.begin(), images_.end(), image) == images_.end()) return;
  tags_.put(image, kind, std::move(digest), std::move(trouble), scheduler_.wall_now());
}

void TagWatcher::publish() {
  if (tags_.tell()) on_change_();
}

void TagWatcher::end_round(const std::string& domain) {
  Registry& registry = domains_.at(domain);
  registry.is_asked = false;
  registry.failures = registry.has_failed ? registry.failures + 1 : 0;
  const Duration sooner = after_failure * (1 << std::min(std::max(registry.failures - 1, 0), 12));
  Duration delay = registry.has_failed ? std::min<Duration>(sooner, interval_) : interval_;
  if (std::exchange(registry.again, false)) delay = std::min(after_edit, interval_ / 4);
  registry.due = std::max(registry.begun + with_jitter(delay), registry.not_before);
  // What was not asked keeps its time.
  if (registry.rest_due)
    registry.due = std::min(registry.due, std::max(*registry.rest_due, registry.not_before));
  if (!has_images(domain)) domains_.erase(domain);
  set_timer();
  const bool is_last = std::none_of(domains_.begin(), domains_.end(),
                                    [](const auto& entry) { return entry.second.is_asked; });
  if (!is_last) return;
  later_.reset();
  keyring_ = {};
  publish();
}

}  // namespace kip::controller
