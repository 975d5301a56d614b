#include "controller/discovery.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "config/discovery_settings.h"
#include "controller/discovery_kinds.h"
#include "controller/image_news.h"
#include "core/ownership.h"
#include "discovery/placed_images.h"
#include "discovery/workload.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::controller {

using discovery::WorkloadKind;

namespace {

constexpr Duration longest_wait = std::chrono::hours(1);  // a wall clock may be set meanwhile

std::uint64_t hash(const WorkloadKind& kind, const std::string& key) {
  return discovery::object_hash(std::string(kind.api) + "/" + std::string(kind.plural), key);
}

}  // namespace

Discovery::Discovery(http::Transport& transport, Scheduler& scheduler,
                     const config::Settings& settings, const SourcesFor& whom)
    : transport_(transport),
      scheduler_(scheduler),
      asked_(settings.discovery),
      whom_(whom),
      daemonset_(object::key(settings.namespace_name, settings.daemonset_name)),
      kinds_(discovery::kinds_of(asked_.kinds)),
      list_(transport, scheduler, settings.namespace_name, settings.daemonset_name,
            settings.deployment_name, whom),
      gathering_(asked_.gather) {
  const bool is_by_name =
      !asked_.all_namespaces && asked_.namespaces.size() <= config::most_namespaces_by_name;
  const std::vector<std::string> namespaces =
      is_by_name ? asked_.namespaces : std::vector<std::string>{""};
  for (const auto& name : namespaces) {
    if (!name.empty() && !discovery::is_followed(name, asked_)) continue;
    for (const auto& kind : discovery::workload_kinds) add(kind, name);
    for (const auto& kind : kinds_) add(kind, name);
  }
}

// The server leaves out what is not wanted: less comes.
std::string Discovery::field_selector(const std::string& namespace_name) const {
  if (!namespace_name.empty()) return {};
  std::vector<std::string> fields;
  for (const auto& name : asked_.ignored_namespaces)
    fields.push_back("metadata.namespace!=" + name);
  return joined(fields, ",");
}

void Discovery::add(const WorkloadKind& kind, const std::string& namespace_name) {
  const auto number = static_cast<std::uint16_t>(followed_.size());
  Followed& followed = followed_.emplace_back();
  followed.kind = kind;
  followed.namespace_name = namespace_name;
  const auto hash_of = [kind](const std::string& key) { return hash(kind, key); };
  kube::Reflector::Sink sink;
  sink.on_list = [this, number] { store_.begin_list(number); };
  sink.on_object = [this, number](const json& object) { on_object(number, object); };
  sink.on_unreadable = [this, hash_of](const std::string& key) { store_.keep(hash_of(key)); };
  sink.on_deleted = [this, hash_of](const json& object) {
    changed(store_.remove(hash_of(object::key(object))), false);
  };
  sink.on_listed = [this, number] {
    changed(store_.end_list(number), false);
    followed_[number].is_blind = false;
    if (std::erase(told_kinds_, std::string(followed_[number].kind.plural)) > 0 && is_known_)
      on_change_();
    answered(number);
  };
  sink.on_error = [this, number](const http::Error& error) { on_error(number, error); };
  followed.reflector = std::make_unique<kube::Reflector>(
      transport_, scheduler_,
      kube::Reflector::Options{.collection = {{kind.api, kind.plural}, namespace_name},
                               .field_selector = field_selector(namespace_name),
                               .label_selector = asked_.label_selector,
                               .optional = true},
      std::move(sink));
}

void Discovery::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
  blind_since_ = scheduler_.wall_now();
  list_.read([this](auto stored) { on_stored(std::move(stored)); });
}

// What other settings have found stays until it is seen what these find.
void Discovery::on_stored(std::optional<discovery::StoredImages> stored) {
  if (stored) {
    std::erase_if(stored->images, [&](const discovery::FoundImage& found) {
      const auto image = types::parse_image_reference(found.image);
      return !image || (!asked_.include.is_empty() && !asked_.include.match(*image)) ||
             asked_.exclude.match(*image);
    });
    found_.restore(stored->images);
    if (stored->blind_since) blind_since_ = std::min(*blind_since_, *stored->blind_since);
    forget_unseen_ = stored->filters != filters();
    // Which of too many are wanted is only known when all is seen.
    if (!forget_unseen_ && stored->images.size() <= asked_.max_images) {
      is_known_ = true;
      publish();
    }
  }
  follow_next();
}

// One after another, as the pages of several lists at once would take the memory of all of them.
void Discovery::follow_next() {
  next_ = scheduler_.after(Duration::zero(), [this] {
    if (begun_ < followed_.size()) followed_[begun_++].reflector->start();
    if (!followed_.empty()) return;
    look_at_sight();  // all that was asked for is ignored
    tell();
  });
}

void Discovery::on_object(std::uint16_t number, const json& object) {
  const WorkloadKind& kind = followed_[number].kind;
  const std::uint64_t object_hash = hash(kind, object::key(object));
  if (core::is_of_a_puller(object)) return changed(store_.remove(object_hash), false);
  const auto workload = discovery::workload_of(kind, object, asked_);
  // Its pod, or itself without replicas, may have shown the image before.
  const bool is_urgent = workload && workload->is_rolling_out &&
                         std::any_of(workload->images.begin(), workload->images.end(),
                                     [&](const auto& each) { return found_.is_undecided(each); });
  changed(store_.put(number, object_hash, workload ? &*workload : nullptr), is_urgent);
}

void Discovery::on_error(std::uint16_t number, const http::Error& error) {
  Followed& followed = followed_[number];
  followed.is_blind = true;
  if (kube::is_not_found(error)) {
    // The cluster has no such kind, so there is nothing of it.
    store_.begin_list(number);
    changed(store_.end_list(number), false);
    followed.is_blind = false;
    tell_refused(followed, error);
    return answered(number);
  }
  look_at_sight();
  if (kube::is_forbidden(error)) {
    if (number + std::size_t{1} == begun_) follow_next();  // it takes seconds until it is believed
    if (!followed.reflector->is_refused()) return;
    tell_refused(followed, error);
    return answered(number);
  }
  outage_.failed(error);
  // What a server of others' kinds cannot say is not waited for.
  if (number % (std::size(discovery::workload_kinds) + kinds_.size()) >=
      std::size(discovery::workload_kinds))
    answered(number);
}

void Discovery::tell_refused(const Followed& followed, const http::Error& error) {
  const std::string plural(followed.kind.plural);
  if (std::find(told_kinds_.begin(), told_kinds_.end(), plural) != told_kinds_.end()) return;
  told_kinds_.push_back(plural);
  if (is_known_) on_change_();  // of troubles()
  if (kube::is_not_found(error)) {
    log::warn("the cluster has no such kind of workload; going on without it",
              {{"kind", plural}, {"error", error.message}});
    return;
  }
  whom_.tell_missing(
      "may not list and watch a kind of workload, so that its images are not discovered, and none "
      "is forgotten; add the rule to the ClusterRole",
      "apiGroups: [\"" + group_of(followed.kind) + "\"], resources: [" + plural +
          "], verbs: [list, watch]",
      {{"error", error.message}});
}

std::vector<std::string> Discovery::troubles() const {
  std::vector<std::string> plurals;
  for (const auto& followed : followed_)
    if (followed.is_blind && followed.reflector->is_refused())
      plurals.emplace_back(followed.kind.plural);
  std::sort(plurals.begin(), plurals.end());
  plurals.erase(std::unique(plurals.begin(), plurals.end()), plurals.end());
  if (plurals.empty()) return {};
  return {"may not list and watch " + joined(plurals) +
          ", so that images of these are not discovered, and none is forgotten"};
}

void Discovery::answered(std::uint16_t number) {
  Followed& followed = followed_[number];
  look_at_sight();
  if (std::exchange(followed.is_answered, true)) return;
  if (number + std::size_t{1} == begun_) follow_next();
  are_all_answered_ = std::all_of(followed_.begin(), followed_.end(),
                                  [](const Followed& each) { return each.is_answered; });
  if (are_all_answered_) tell();
}

// While anything cannot be seen, nothing is forgotten, and no age counts.
void Discovery::look_at_sight() {
  const bool is_blind = std::any_of(followed_.begin(), followed_.end(),
                                    [](const Followed& each) { return each.is_blind; });
  if (is_blind && !blind_since_) blind_since_ = scheduler_.wall_now();
  if (is_blind || !blind_since_) return;
  found_.was_blind(*std::exchange(blind_since_, std::nullopt), scheduler_.wall_now());
  outage_.over();
  if (are_all_answered_) wait();
}

void Discovery::changed(const discovery::WorkloadStore::Change& change, bool is_urgent) {
  if (!are_all_answered_) return;
  // Where there are too many, counts say which.
  if (!change.is_one && !is_urgent && left_out_.empty()) return;
  gathering_.changed(scheduler_.now(), is_urgent);
  wait();
}

void Discovery::wait() {
  Duration delay = longest_wait;
  if (const auto due = gathering_.due())
    delay = std::min(delay, std::chrono::duration_cast<Duration>(*due - scheduler_.now()));
  if (const auto forgotten = found_.next_forgotten(asked_.forget_after); forgotten && !blind_since_)
    delay = std::min(delay, *forgotten - scheduler_.wall_now());
  timer_ = scheduler_.after(std::max(delay, Duration::zero()), [this] {
    const HandlePtr ended = std::move(timer_);
    tell();
  });
}

void Discovery::tell() {
  gathering_.told(scheduler_.now());
  const WallTime now = scheduler_.wall_now();
  found_.see(store_.uses(asked_.placement == config::DiscoverPlacement::matching), now);
  if (!blind_since_) {
    found_.forget(now,
                  std::exchange(forget_unseen_, false) ? Duration::zero() : asked_.forget_after);
  }
  found_.choose(asked_.max_images);
  log_left_out();
  publish();
  wait();
}

void Discovery::publish() {
  const auto chosen = found_.chosen();
  const auto placed = discovery::placed_images(chosen, asked_.placement);
  if (std::exchange(placements_too_many_, placed.placements_too_many) == 0 &&
      placed.placements_too_many > 0)
    log::warn(
        "workloads may run on more sets of nodes than there can be DaemonSets; the images of the "
        "least used sets go to all nodes",
        {{"sets", placed.placements_too_many},
         {"at_most", discovery::most_daemonset_placements},
         {"daemonset", daemonset_}});
  std::vector<WantedImage> wanted;
  wanted.reserve(placed.images.size());
  for (const auto& image : placed.images) wanted.push_back({image.reference, image.placement});
  const bool is_news = wanted != wanted_ || !is_known_;
  if (are_all_answered_ || followed_.empty()) {
    is_known_ = true;
    // When all is seen again is written with the next news: until then it can only be too young.
    list_.write(discovery::found_images_json({chosen, filters(), blind_since_}));
  }
  const auto before = std::exchange(wanted_, std::move(wanted));
  if (!is_news) return;
  log_image_news("discovered images", before, wanted_, {{"daemonset", daemonset_}});
  on_change_();
}

void Discovery::log_left_out() {
  const auto left = found_.left_out();
  std::vector<std::uint64_t> hashes;
  hashes.reserve(left.size());
  for (const auto name : left) hashes.push_back(fnv1a(name));
  std::sort(hashes.begin(), hashes.end());
  if (!std::includes(left_out_.begin(), left_out_.end(), hashes.begin(), hashes.end()))
    log::warn("workloads use more images than DISCOVER_MAX_IMAGES; leaving out the least used",
              {{"left_out", left.size()},
               {"images", shown_names({left.begin(), left.end()})},
               {"daemonset", daemonset_}});
  left_out_ = std::move(hashes);
}

// Of what cannot be judged by an image alone.
std::string Discovery::filters() const {
  std::string text = joined(asked_.namespaces) + ";" + (asked_.all_namespaces ? "*" : "") + ";" +
                     joined(asked_.ignored_namespaces) + ";" + asked_.label_selector + ";" +
                     (asked_.rule ? asked_.rule->text() : "") + ";" +
                     (asked_.placement == config::DiscoverPlacement::all ? "all" : "matching");
  for (const auto& kind : asked_.kinds)
    text += ";" + kind.api + "/" + kind.plural + kind.template_path;
  return checksum(text);
}

}  // namespace kip::controller
