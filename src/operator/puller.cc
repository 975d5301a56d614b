#include "operator/puller.h"

#include <utility>

#include "base/log.h"
#include "controller/reporter.h"
#include "operator/custom_resource.h"
#include "operator/status.h"
#include "types/object.h"

namespace kip::operators {

namespace {

// Without what only the API server keeps there, and without the lists, which become Settings.
json slim(const json& resource) {
  json out = {{"apiVersion", group_version}, {"kind", kind}};
  for (const char* field : {"name", "namespace", "uid", "generation"})
    out["metadata"][field] = at(resource, std::string("/metadata/") + field);
  for (const char* field : {"deploymentName", "configMapName"})
    if (const json& value = at(resource, std::string("/spec/") + field); !value.is_null())
      out["spec"][field] = value;
  return out;
}

}  // namespace

Puller::Puller(http::Transport& transport, Scheduler& scheduler, Cluster& cluster,
               controller::Informers informers, const json& resource)
    : transport_(transport),
      scheduler_(scheduler),
      cluster_(cluster),
      informers_(informers),
      resource_(slim(resource)),
      status_(transport, scheduler, reference_to(resource_), at(resource, "/status"),
              [this](const json& last) { return status(last); }),
      migration_(transport, scheduler, cluster, resource_, [this] { on_migration(); }) {
  read_spec(resource);
  status_.mark();
}

void Puller::update(const json& resource) {
  const bool is_news =
      int_at(resource, "/metadata/generation") != int_at(resource_, "/metadata/generation");
  resource_ = slim(resource);
  status_.on_read(at(resource, "/status"));
  if (is_news) read_spec(resource);
}

void Puller::read_spec(const json& resource) {
  config::Reading reading = read_custom_resource(resource);
  problems_ = std::move(reading.problems);
  controller::log_problems(problems_, {{"resource", object::key(resource_)}});
  if (!reading.settings) {
    log::warn("the spec cannot be used; keeping what an earlier one asked for",
              {{"resource", object::key(resource_)}});
    return;
  }
  take(*reading.settings);
}

// The Reconciler follows its DaemonSet at once, so that the first list tells of it, but touches
// nothing before the takeover is ready.
void Puller::take(const config::Settings& settings) {
  if (!reconciler_) {
    wanted_ = settings;
    make_reconciler();
    return migration_.start();
  }
  if (!later_ && reconciler_->settings() == settings) return;
  if (!later_ && reconciler_->settings().daemonset_name == settings.daemonset_name)
    return reconciler_->update(settings);
  wanted_ = settings;
  // From the loop: a Reconciler is not replaced from inside a callback of its own.
  later_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(later_);
    std::optional<controller::Leftover> old;
    if (owns_its_daemonset())
      old = controller::Leftover{reconciler_->settings().daemonset_name,
                                 object::uid(reconciler_->daemonset())};
    make_reconciler();
    if (old) reconciler_->prune(*old);
    if (migration_.is_ready()) reconciler_->start();
  });
}

void Puller::make_reconciler() {
  auto surroundings = std::make_unique<ResourceSurroundings>(
      transport_, scheduler_, cluster_, resource_, [this] { return migration_.predecessors(); });
  reconciler_.reset();  // it follows a DaemonSet that the next one may follow, too
  reconciler_ = std::make_unique<controller::Reconciler>(transport_, scheduler_, informers_,
                                                         *wanted_, std::move(surroundings));
  wanted_.reset();
  reconciler_->on_pass([this] { on_pass(); });
}

void Puller::on_stray(const json& daemonset) {
  const std::string name = object::name(daemonset);
  if (!reconciler_ || name == reconciler_->settings().daemonset_name) return;
  if (controller::is_made_for(daemonset, owner_of(resource_)))
    reconciler_->prune({name, object::uid(daemonset)});
}

void Puller::on_migration() {
  if (migration_.is_ready() && reconciler_) reconciler_->start();
  status_.mark();
}

void Puller::on_pass() {
  if (owns_its_daemonset()) migration_.finish();
  status_.mark();
}

bool Puller::owns_its_daemonset() const {
  return reconciler_ && object::is_owned_by(reconciler_->daemonset(), owner_of(resource_).uid);
}

json Puller::status(const json& last) const {
  // Nothing was seen yet: what an operator before this one wrote is better than a guess.
  if (reconciler_ && reconciler_->finding().reason.empty() && migration_.trouble().empty())
    return last;
  std::optional<core::PullerStatus> puller;
  std::string kip_image;
  if (reconciler_) {
    puller = reconciler_->status();
    const auto& configured = reconciler_->settings().kip_image;
    kip_image = configured ? configured->text : cluster_.own_image;
  }
  return status_of({.generation = int_at(resource_, "/metadata/generation"),
                    .last = last,
                    .problems = problems_,
                    .puller = puller ? &*puller : nullptr,
                    .trouble = migration_.trouble(),
                    .kip_image = kip_image},
                   scheduler_.wall_now());
}

}  // namespace kip::operators
