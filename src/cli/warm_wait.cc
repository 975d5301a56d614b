#include "cli/warm_wait.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "core/ownership.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::cli {

using namespace std::chrono_literals;

namespace {

using core::WarmProgress;
using State = WarmProgress::State;

// Pods of a thousand nodes change many times a second; a line for people needs no more.
constexpr Duration pace = 200ms;

// A service that follows the lists takes one within a second; one that begins, within a few.
constexpr Duration until_taken = 10s;

// The longest back-off of a kubelet, and the time that a pull may take.
constexpr Duration until_tried_again = 6min;

constexpr std::size_t most_nodes = 5;  // that are named for an image

std::string nodes_text(std::int64_t nodes) {
  return std::to_string(nodes) + (nodes == 1 ? " node" : " nodes");
}

std::string troubles_text(const WarmProgress& image) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most_nodes, image.troubles.size()); ++i)
    text += "; node " + image.troubles[i].node + ": " + image.troubles[i].why;
  if (image.troubles.size() > most_nodes)
    text += "; and " + std::to_string(image.troubles.size() - most_nodes) + " nodes more";
  return text;
}

std::string line_of(const WarmProgress& image) {
  if (!image.why.empty()) return image.image + ": " + image.why;
  if (image.state == State::not_taken) return image.image + ": the service has not taken it yet";
  std::string text = image.image + ": on " + std::to_string(image.nodes) + " of " +
                     nodes_text(image.wanted) + troubles_text(image);
  if (!image.dead.empty())
    text += "; not waiting for nodes that do not answer: " + joined(image.dead);
  if (image.state == State::warm && image.wanted == 0) text += "; no node is for it";
  return text;
}

}  // namespace

WarmWait::WarmWait(http::Transport& transport, Scheduler& scheduler, std::string namespace_name,
                   std::string daemonset_name, Sink sink)
    : scheduler_(scheduler),
      namespace_name_(std::move(namespace_name)),
      daemonset_name_(std::move(daemonset_name)),
      sink_(std::move(sink)),
      informer_(transport, scheduler,
                {.collection = {kube::daemonsets, namespace_name_},
                 .label_selector = core::our_label_selector()},
                {.on_object =
                     [this](json& object) {
                       const std::string name = object::name(object);
                       if (core::is_of_puller(object, daemonset_name_))
                         daemonsets_.insert_or_assign(name, std::move(object));
                       else
                         daemonsets_.erase(name);
                     },
                 .on_gone =
                     [this](const std::string& key, const std::string&) {
                       daemonsets_.erase(key.substr(key.find('/') + 1));
                     },
                 .on_synced = [this] { on_listed(); },
                 .on_error = [this](const http::Error& error) { on_error(error); }}),
      pods_(transport, scheduler, {.namespace_name = namespace_name_}) {}

void WarmWait::start(std::function<void()> found) {
  found_ = std::move(found);
  informer_.start();
}

void WarmWait::on_listed() {
  if (!found_) return;
  if (!daemonsets_.empty()) return std::exchange(found_, nullptr)();
  sink_.warn("no image puller serves namespace " + namespace_name_ + ": there is no DaemonSet " +
             daemonset_name_ + " with the label " + core::our_label_selector() +
             ", nor a part of it; --namespace and --name say which one is meant");
  sink_.done(exit_unavailable);
}

// Later ones pass, or the time is over before.
void WarmWait::on_error(const http::Error& error) {
  if (informer_.is_synced()) return;
  sink_.warn("cannot list the DaemonSets of namespace " + namespace_name_ + ": " + error.message);
  sink_.done(kube::is_forbidden(error) ? exit_no_permission : exit_unavailable);
}

std::optional<core::OwnerReference> WarmWait::owner() const {
  for (const auto& [name, daemonset] : daemonsets_)
    for (const auto& owner : object::owners(daemonset))
      return core::OwnerReference{string_at(owner, "/name"), string_at(owner, "/uid"),
                                  string_at(owner, "/apiVersion"), string_at(owner, "/kind")};
  return std::nullopt;
}

void WarmWait::wait(std::vector<core::WantedImage> images, Duration timeout) {
  images_ = std::move(images);
  told_.resize(images_.size());
  begun_ = scheduler_.now();
  ends_ = begun_ + timeout;
  pods_.start();
  look();
}

void WarmWait::look() {
  std::vector<core::WarmingDaemonSet> daemonsets;
  for (const auto& [name, daemonset] : daemonsets_)
    daemonsets.push_back({daemonset, pods_.pods(namespace_name_, name)});
  std::vector<WarmProgress> all;
  if (pods_.is_known())
    all = core::warm_progress(images_, daemonsets, daemonset_name_, scheduler_.wall_now(),
                              old_refusals(daemonsets));
  else if (pods_.is_refused())
    return end(exit_no_permission, {});
  tell(all);
  const auto are_all = [&](State state) {
    return std::all_of(all.begin(), all.end(),
                       [&](const auto& each) { return each.state == state; });
  };
  const bool has_failed = std::any_of(all.begin(), all.end(),
                                      [](const auto& each) { return each.state == State::failed; });
  if (!all.empty() && are_all(State::warm)) return end(0, all);
  if (has_failed) return end(exit_failed, all);
  if (scheduler_.now() >= ends_) return end(exit_timed_out, all);
  warn_if_nobody_takes_it(all);
  later_ = scheduler_.after(std::min<Duration>(pace, ends_ - scheduler_.now()), [this] {
    const HandlePtr ended = std::move(later_);
    look();
  });
}

// Those that the first look found, until the kubelet has tried again, which changes its words;
// where it does not, until it must have.
const core::Refusals& WarmWait::old_refusals(
    const std::vector<core::WarmingDaemonSet>& daemonsets) {
  core::Refusals now = core::refusals_of(daemonsets);
  if (!refusals_)
    refusals_ = std::move(now);
  else if (scheduler_.now() >= begun_ + until_tried_again)
    refusals_->clear();
  else
    std::erase_if(*refusals_, [&](const auto& entry) {
      const auto found = now.find(entry.first);
      return found == now.end() || found->second != entry.second;
    });
  return *refusals_;
}

void WarmWait::tell(const std::vector<WarmProgress>& all) {
  for (const auto& each : all) {
    std::string& told = told_[static_cast<std::size_t>(&each - all.data())];
    const bool is_begun = each.state == State::warm || each.wanted > 0;
    if (each.state == State::not_taken || each.state == State::failed || !is_begun) continue;
    std::string line = line_of(each);
    if (told == line) continue;
    told = std::move(line);
    sink_.say(told);
  }
}

void WarmWait::warn_if_nobody_takes_it(const std::vector<WarmProgress>& all) {
  if (warned_ || scheduler_.now() < begun_ + until_taken) return;
  for (const auto& each : all) {
    if (each.state != State::not_taken) continue;
    warned_ = true;
    return sink_.warn("the service has not taken " + each.image + " in " + to_text(until_taken) +
                      ": is RELEASE_GATE=true in its settings (releaseGate in the operator's "
                      "resource), and does its log or status say why? waiting on");
  }
}

void WarmWait::end(int code, const std::vector<WarmProgress>& all) {
  if (std::exchange(is_over_, true)) return;
  if (code == exit_no_permission)
    sink_.warn("may not read the pods of namespace " + namespace_name_);
  if (code == 0)
    sink_.say("every image is on its nodes after " + to_text(Duration{scheduler_.now() - begun_}));
  for (const auto& each : all) {
    if (code == exit_failed && each.state == State::failed) sink_.warn("failed: " + line_of(each));
    if (code == exit_timed_out && each.state != State::warm)
      sink_.warn("timed out: " + line_of(each));
  }
  if (code == exit_timed_out && all.empty())
    sink_.warn("timed out: the pods of namespace " + namespace_name_ + " could not be read");
  if (code == exit_timed_out && warned_)
    sink_.warn(
        "a list is followed only where the service has RELEASE_GATE=true, or the operator's "
        "resource "
        "releaseGate, and may list and watch ConfigMaps in its namespace");
  sink_.done(code);
}

}  // namespace kip::cli
