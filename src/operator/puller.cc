#include "operator/puller.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
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
  config::Reading reading = read_custom_resource(resource, cluster_.policy);
  problems_ = std::move(reading.problems);
  controller::log_problems(problems_, {{"resource", object::key(resource_)}});
  if (!reading.settings) {
    log::warn("the spec cannot be used; keeping what an earlier one asked for",
              {{"resource", object::key(resource_)}});
    return;
  }
  reading.settings->agent_image = cluster_.agent.image;
  if (cluster_.agent.runtime_socket)
    reading.settings->runtime_socket = *cluster_.agent.runtime_socket;
  take_with_sources(*std::move(reading.settings));
}

// What is there stays until all sources are known: one of them may want it. So it does where there
// is no place for sources.
void Puller::take_with_sources(config::Settings settings) {
  if (!config::has_image_sources(settings)) {
    sources_.reset();
    configured_.reset();
    place_.reset();
    take(settings);
    return start();
  }
  if (!place_) {
    place_ = cluster_.with_sources.take(scheduler_, [this] {
      config::Settings waiting = *std::move(configured_);
      take_with_sources(std::move(waiting));
      status_.mark();
    });
    if (!place_->is_granted())
      log::warn("as many resources as may follow workloads or temporary lists; waiting for a place",
                {{"resource", object::key(resource_)}, {"at_most", cluster_.with_sources.count()}});
  }
  if (place_->is_granted() && (!sources_ || !controller::have_same_sources(*configured_, settings)))
    make_sources(settings);
  configured_ = std::move(settings);
  if (!sources_) return gate_nodes(*configured_);
  if (sources_->are_known())
    take(sources_->applied_to(*configured_));
  else if (!reconcilers_)
    take(*configured_);
}

void Puller::make_sources(const config::Settings& settings) {
  sources_ = std::make_unique<controller::ImageSources>(
      controller::sources_of(transport_, scheduler_, settings,
                             {core::owner_json(owner_of(resource_)), &cluster_.missing}));
  sources_->start([this] {
    if (taking_) return;
    taking_ = scheduler_.after(Duration::zero(), [this] {
      const HandlePtr ended = std::move(taking_);
      if (sources_ && sources_->are_known()) take(sources_->applied_to(*configured_));
      start();
      status_.mark();
    });
  });
}

void Puller::start() {
  const bool are_sources_known = !sources_ || sources_->are_known();
  if (reconcilers_ && migration_.is_ready() && are_sources_known) reconcilers_->start();
}

// The Reconcilers follow their DaemonSets at once, so that the first list tells of them, but touch
// nothing before the takeover is ready.
void Puller::take(const config::Settings& settings) {
  gate_nodes(settings);
  if (!reconcilers_) {
    wanted_ = settings;
    make_reconcilers();
    return migration_.start();
  }
  if (!later_ && reconcilers_->settings() == settings) return;
  if (!later_ && reconcilers_->settings().daemonset_name == settings.daemonset_name)
    return reconcilers_->update(settings);
  wanted_ = settings;
  // From the loop: a Reconciler is not replaced from inside a callback of its own.
  later_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(later_);
    const auto there = reconcilers_->what_is_there();
    make_reconcilers();
    for (const auto& daemonset : there) reconcilers_->on_stray(daemonset);
    start();
  });
}

// Before the sources are known no node is known to be warm, but its deadline counts.
void Puller::gate_nodes(const config::Settings& settings) {
  const bool are_known = !place_ || (sources_ && sources_->are_known());
  const auto& taint = settings.node_gate.taint;
  if (gate_ && taint && gate_->taint() == *taint) {
    if (are_known) gate_->update(settings);
    return;
  }
  gate_.reset();
  if (!taint) return;
  gate_ = std::make_unique<controller::NodeGate>(transport_, scheduler_, informers_.pods, settings,
                                                 are_known);
  gate_->start();
}

void Puller::make_reconcilers() {
  auto surroundings = std::make_unique<ResourceSurroundings>(
      transport_, scheduler_, cluster_, resource_, [this] { return migration_.predecessors(); });
  reconcilers_.reset();  // they follow DaemonSets that the next ones may follow, too
  reconcilers_ = std::make_unique<controller::Reconcilers>(
      transport_, scheduler_, informers_, *std::move(wanted_), std::move(surroundings));
  wanted_.reset();
  reconcilers_->on_pass([this] { on_pass(); });
}

void Puller::on_stray(const json& daemonset) {
  if (reconcilers_) reconcilers_->on_stray(daemonset);
}

void Puller::on_migration() {
  start();
  status_.mark();
}

void Puller::on_pass() {
  if (has_its_daemonsets()) migration_.finish();
  status_.mark();
}

// Nothing is left to the Go operator's DaemonSet: it is the resource's, or others have its images.
bool Puller::has_its_daemonsets() const {
  return reconcilers_ && reconcilers_->are_owned_by(owner_of(resource_).uid) &&
         (reconcilers_->has(reconcilers_->settings().daemonset_name) ||
          reconcilers_->are_rolled_out());
}

std::vector<config::Problem> Puller::problems() const {
  std::vector<config::Problem> all = problems_;
  if (!place_ || place_->is_granted()) return all;
  all.push_back(config::error(
      "as many resources as the operator's MAX_RESOURCES_WITH_SOURCES allows (" +
      std::to_string(cluster_.with_sources.count()) +
      ") follow workloads or temporary lists already; waiting for one of them to end"));
  all.back().setting =
      configured_->discovery.is_on() ? "spec.discoverNamespaces" : "spec.releaseGate";
  return all;
}

std::string Puller::trouble() const {
  std::vector<std::string> troubles = sources_ ? sources_->troubles() : std::vector<std::string>();
  for (auto& each : troubles) each = "the operator " + each;
  if (!migration_.trouble().empty()) troubles.insert(troubles.begin(), migration_.trouble());
  return joined(troubles, "; ");
}

json Puller::status(const json& last) const {
  // Nothing was seen yet: what an operator before this one wrote is better than a guess.
  if (reconcilers_ && !reconcilers_->has_looked() && migration_.trouble().empty()) return last;
  std::optional<core::PullerStatus> puller;
  std::string kip_image;
  const auto problems = this->problems();
  if (reconcilers_) {
    puller = reconcilers_->status();
    const auto& configured = reconcilers_->settings().kip_image;
    kip_image = configured ? configured->text : cluster_.own_image;
  }
  return status_of({.generation = int_at(resource_, "/metadata/generation"),
                    .last = last,
                    .problems = problems,
                    .puller = puller ? &*puller : nullptr,
                    .trouble = trouble(),
                    .kip_image = kip_image},
                   scheduler_.wall_now());
}

}  // namespace kip::operators
