#include "operator/takeover.h"

#include "base/log.h"
#include "core/ownership.h"
#include "kube/api.h"
#include "operator/custom_resource.h"

namespace kip::operators {

namespace {

// The names that the Go operator gives, where the resource does not say others.
constexpr const char* default_deployment = "kubernetes-image-puller";
constexpr const char* default_configmap = "k8s-image-puller";
constexpr const char* role = "create-daemonset";
constexpr const char* service_account = "k8s-image-puller";

std::string name_in(const json& resource, const char* field, const char* otherwise) {
  const std::string name = string_at(resource, std::string("/spec/") + field);
  return name.empty() ? otherwise : name;
}

}  // namespace

Takeover::Takeover(http::Transport& transport, Scheduler& scheduler, Cluster& cluster,
                   const json& resource, std::function<void()> on_change)
    : transport_(transport),
      scheduler_(scheduler),
      cluster_(cluster),
      resource_(resource),
      on_change_(std::move(on_change)) {}

void Takeover::start() {
  const std::string space = string_at(resource_, "/metadata/namespace");
  if (cluster_.no_takeover_in.contains(space)) return nothing_to_do();
  const std::string path =
      kube::deployments_path(space) + "/" +
      kube::percent_encoded(name_in(resource_, "deploymentName", default_deployment));
  call_ = kube::call(transport_, {"GET", path},
                     [this](const Result<json>& answer) { on_deployment(answer); });
}

void Takeover::on_deployment(const Result<json>& answer) {
  if (!answer && answer.error().http_status == 403) return on_refused(answer.error());
  if (!answer && answer.error().http_status != 404)
    return again(answer.error(), [this] { start(); });
  if (!answer || !core::is_owned_by(*answer, owner_of(resource_).uid)) return nothing_to_do();
  log::info("taking over from the Go operator",
            {{"namespace", string_at(resource_, "/metadata/namespace")},
             {"deployment", string_at(*answer, "/metadata/name")}});
  predecessors_.insert(string_at(*answer, "/metadata/uid"));
  const std::string space = string_at(resource_, "/metadata/namespace");
  to_remove_ = {{"RoleBinding", kube::rolebindings_path(space) + "/" + role}};
  remove_next();
}

// The rights to take over are given for a migration only; without them there is nothing to take
// over. An API server that has just started refuses for a moment, so it is asked a second time.
void Takeover::on_refused(const Error& error) {
  const Duration delay = refusal_.next();
  if (!refusal_.is_certain()) {
    timer_ = scheduler_.after(delay, [this] { start(); });
    return;
  }
  const bool is_first = cluster_.no_takeover_in.empty();
  cluster_.no_takeover_in.insert(string_at(resource_, "/metadata/namespace"));
  if (is_first)
    log::info("may not look for what an earlier operator made, so nothing is taken over",
              {{"error", error.message}});
  nothing_to_do();
}

void Takeover::nothing_to_do() {
  trouble_.clear();
  ready_ = true;
  on_change_();
}

void Takeover::finish() {
  if (!ready_ || finishing_ || predecessors_.empty()) return;
  finishing_ = true;
  const std::string space = string_at(resource_, "/metadata/namespace");
  const auto path = [](const std::string& collection, const std::string& name) {
    return collection + "/" + kube::percent_encoded(name);
  };
  // The Deployment last: who begins anew finds out by it that there is something to do.
  to_remove_ = {{"ConfigMap", path(kube::configmaps_path(space),
                                   name_in(resource_, "configMapName", default_configmap))},
                {"Role", path(kube::roles_path(space), role)},
                {"ServiceAccount", path(kube::service_accounts_path(space), service_account)},
                {"Deployment", path(kube::deployments_path(space),
                                    name_in(resource_, "deploymentName", default_deployment))}};
  remove_next();
}

void Takeover::remove_next() {
  if (!to_remove_.empty()) return look_at(to_remove_.front());
  trouble_.clear();
  ready_ = true;
  if (finishing_) predecessors_.clear();
  on_change_();
}

void Takeover::look_at(const Object& object) {
  call_ = kube::call(transport_, {"GET", object.path}, [this, object](const Result<json>& answer) {
    if (!answer && answer.error().http_status != 404)
      return again(answer.error(), [this] { remove_next(); });
    // What is not the resource's is somebody else's of the same name.
    if (!answer || !core::is_owned_by(*answer, owner_of(resource_).uid)) return done_with_one();
    remove(object, string_at(*answer, "/metadata/uid"));
  });
}

void Takeover::remove(const Object& object, const std::string& uid) {
  call_ = kube::call(transport_, {"DELETE", object.path, kube::delete_options(uid)},
                     [this, object](const Result<json>& answer) {
                       if (!answer && answer.error().http_status != 404)
                         return again(answer.error(), [this] { remove_next(); });
                       log::info("removed what the Go operator made", {{"object", object.what}});
                       done_with_one();
                     });
}

void Takeover::done_with_one() {
  backoff_.reset();
  to_remove_.pop_front();
  remove_next();
}

void Takeover::again(const Error& error, std::function<void()> what) {
  if (trouble_ != error.message) {
    trouble_ = error.message;
    log::warn(
        "cannot take over from an earlier operator; trying again",
        {{"namespace", string_at(resource_, "/metadata/namespace")}, {"error", error.message}});
    on_change_();
  }
  timer_ = scheduler_.after(backoff_.next(error, scheduler_.random()), std::move(what));
}

}  // namespace kip::operators
