#include "operator/puller.h"

#include <algorithm>

#include "base/log.h"
#include "operator/custom_resource.h"
#include "operator/status.h"

namespace kip::operators {

Puller::Puller(kube::Transport& transport, Scheduler& scheduler, const Cluster& cluster,
               json resource)
    : transport_(transport),
      scheduler_(scheduler),
      cluster_(cluster),
      resource_(std::move(resource)),
      last_status_(at(resource_, "/status")),
      status_(transport, scheduler, path_of(resource_), last_status_),
      takeover_(transport, scheduler, resource_, [this] { on_takeover(); }) {
  read_spec();
  tell();
}

void Puller::update(json resource) {
  const bool is_news =
      int_at(resource, "/metadata/generation") != int_at(resource_, "/metadata/generation");
  resource_ = std::move(resource);
  status_.on_read(at(resource_, "/status"));
  if (!is_news) return;
  read_spec();
  tell();
}

void Puller::read_spec() {
  const config::Reading reading = read_custom_resource(resource_);
  problems_ = reading.problems;
  const std::string name =
      string_at(resource_, "/metadata/namespace") + "/" + string_at(resource_, "/metadata/name");
  for (const auto& problem : problems_)
    log::warn("spec",
              {{"resource", name}, {"field", problem.setting}, {"problem", problem.message}});
  if (!reading.settings) {
    log::warn("the spec cannot be used; what was made of an earlier one stays",
              {{"resource", name}});
    return;
  }
  const bool is_first = !wanted_;
  wanted_ = reading.settings;
  if (is_first) {
    takeover_.start();
  } else if (takeover_.ready()) {
    take(*wanted_);
  }
}

void Puller::on_takeover() {
  if (takeover_.ready() && !session_) take(*wanted_);
  tell();
}

void Puller::take(const config::Settings& settings) {
  if (session_ && session_->settings() == settings) return;
  if (session_ && session_->settings().daemonset_name == settings.daemonset_name)
    return session_->update(settings);
  // From the loop: a Session is not replaced from inside a callback of its own.
  later_ = scheduler_.after(Duration::zero(), [this] {
    auto surroundings = std::make_unique<ResourceSurroundings>(
        transport_, scheduler_, cluster_, resource_, [this] { return takeover_.predecessors(); });
    finding_ = {};
    session_ = std::make_unique<runtime::Session>(transport_, scheduler_, *wanted_,
                                                  std::move(surroundings));
    session_->on_pass([this](const core::Finding& finding) { on_pass(finding); });
    session_->start();
  });
}

void Puller::on_pass(const core::Finding& finding) {
  finding_ = finding;
  if (owns_its_daemonset()) takeover_.finish();
  tell();
}

bool Puller::owns_its_daemonset() const {
  const json& owners = array_at(session_->daemonset(), "/metadata/ownerReferences");
  return std::any_of(owners.begin(), owners.end(), [this](const json& owner) {
    return string_at(owner, "/uid") == owner_of(resource_).uid;
  });
}

void Puller::tell() {
  static const json none;
  static const core::Pods no_pods;
  const config::Settings* settings = session_ ? &session_->settings() : nullptr;
  core::Facts facts;
  facts.own_image = cluster_.own_image;
  last_status_ = status_of({.generation = int_at(resource_, "/metadata/generation"),
                            .last = last_status_,
                            .problems = problems_,
                            .settings = settings,
                            .finding = finding_,
                            .daemonset = session_ ? session_->daemonset() : none,
                            .pods = session_ ? session_->pods() : no_pods,
                            .trouble = takeover_.trouble(),
                            .kip_image = settings ? core::kip_image(*settings, facts) : ""},
                           scheduler_.wall_now());
  status_.write(last_status_);
}

}  // namespace kip::operators
