#include "agent/rollout_waiter.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::agent {

namespace {

using namespace std::chrono_literals;

// One small object each time.
constexpr Duration pace = 2s;
// What people read is the first page of it.
constexpr std::size_t most_problems = 50;
// For the list of pods, when the time is over.
constexpr Duration patience = 20s;

// As in a query; DaemonSets that people write select by labels alone.
std::string selector_of(const json& daemonset) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : object_at(daemonset, "/spec/selector/matchLabels").items())
    if (value.is_string()) pairs.push_back(key + "=" + value.get<std::string>());
  return "&labelSelector=" + percent_encoded(joined(pairs, ","));
}

}  // namespace

RolloutWaiter::RolloutWaiter(http::Transport& transport, Scheduler& scheduler,
                             std::string namespace_name, std::string name)
    : transport_(transport),
      scheduler_(scheduler),
      daemonset_{kube::daemonsets, std::move(namespace_name), std::move(name)} {}

void RolloutWaiter::start(Duration timeout, std::function<void(bool)> done) {
  done_ = std::move(done);
  deadline_ = scheduler_.after(timeout, [this] { time_is_over(); });
  ask();
}

void RolloutWaiter::ask() {
  call_ = kube::Client(transport_).get(daemonset_, [this](const kube::Answer& answer) {
    const HandlePtr ended = std::move(call_);
    on_answer(answer);
  });
}

void RolloutWaiter::on_answer(const kube::Answer& answer) {
  if (answer) {
    trouble_.clear();
    selector_ = selector_of(*answer);
    const Rollout now = rollout_of(*answer);
    if (now != told_)
      log::info("nodes that are ready", {{"ready", now.ready}, {"nodes", now.nodes}});
    told_ = now;
    if (now.is_complete) {
      if (now.nodes == 0) log::warn("no node is chosen; nothing was to be waited for");
      return end(true);
    }
  } else if (answer.error().message != trouble_) {
    trouble_ = answer.error().message;
    log::warn("cannot read the DaemonSet; trying again", {{"problem", trouble_}});
  }
  next_ = scheduler_.after(pace, [this] { ask(); });
}

void RolloutWaiter::time_is_over() {
  call_.reset();
  next_.reset();
  log::error("not all nodes are ready, and the time is over",
             {{"ready", told_ ? told_->ready : 0}, {"nodes", told_ ? told_->nodes : 0}});
  if (selector_.empty()) return end(false);  // the DaemonSet was never seen
  deadline_ = scheduler_.after(patience, [this] { end(false); });
  const auto finish = [this] {
    for (std::size_t i = 0; i < std::min(problems_.size(), most_problems); ++i)
      log::error("not ready", {{"problem", problems_[i]}});
    if (problems_.size() > most_problems)
      log::error("and more", {{"problems", problems_.size() - most_problems}});
    end(false);
  };
  pods_.emplace(
      transport_, kube::Collection{kube::pods, daemonset_.namespace_name}.path(), selector_,
      kube::Pager::Sink{.on_object =
                            [this](const json& pod) {
                              for (auto& each : rollout_problems(pod))
                                problems_.push_back(std::move(each));
                            },
                        .on_too_large = [](const json&) {},
                        .on_listed = [finish](const std::string&) { finish(); },
                        .on_failed =
                            [finish](const http::Error& error) {
                              log::warn("cannot read its pods", {{"problem", error.message}});
                              finish();
                            }});
  pods_->start();
}

void RolloutWaiter::end(bool is_complete) {
  // Not from inside the callback of what is under way: who is called may destroy it.
  last_ = scheduler_.after(Duration::zero(), [done = std::exchange(done_, nullptr), is_complete] {
    if (done) done(is_complete);
  });
  deadline_.reset();
}

}  // namespace kip::agent
