#include "operator/operator.h"

#include "base/log.h"

namespace kip::operators {

namespace {
constexpr const char* lease_name = "kubernetes-image-puller-operator";
}

Operator::Operator(http::Transport& transport, http::Transport& lease_transport,
                   Scheduler& scheduler, OperatorSettings settings)
    : transport_(transport),
      lease_transport_(lease_transport),
      scheduler_(scheduler),
      settings_(std::move(settings)),
      cluster_{.own_image = settings_.own_image,
               .agent = settings_.agent,
               .registries = settings_.registries,
               .policy = settings_.policy},
      openshift_(transport, scheduler) {}

void Operator::start() {
  openshift_.look([this] {
    cluster_.openshift = openshift_.is_there();
    if (settings_.own_namespace.empty()) {
      log::warn("no namespace of its own is known, so there is no leader election; run one only");
      return begin();
    }
    lease_.emplace(lease_transport_, scheduler_, settings_.own_namespace, lease_name,
                   settings_.identity,
                   kube::LeaderElection::Sink{[this] { begin(); }, [this] { stop(); }});
    lease_->start();
  });
}

void Operator::begin() {
  for (const auto& name : settings_.namespaces) {
    log::info("watching for KubernetesImagePullers",
              {{"namespace", name.empty() ? "all" : name.c_str()}});
    pullers_.push_back(std::make_unique<Pullers>(transport_, scheduler_, cluster_, name));
    pullers_.back()->start();
  }
}

void Operator::stop() { pullers_.clear(); }

void Operator::shut_down(std::function<void()> done) {
  stop();
  if (!lease_) return done();
  lease_->release(std::move(done));
}

}  // namespace kip::operators
