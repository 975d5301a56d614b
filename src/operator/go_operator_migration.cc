#include "operator/go_operator_migration.h"

#include "base/log.h"
#include "operator/custom_resource.h"
#include "types/object.h"

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

GoOperatorMigration::GoOperatorMigration(kube::Client client, Scheduler& scheduler,
                                         Cluster& cluster, const json& resource,
                                         std::function<void()> on_change)
    : client_(client),
      cluster_(cluster),
      resource_(resource),
      on_change_(std::move(on_change)),
      look_(scheduler, options(2)),
      remove_(scheduler, options(0)) {}

kube::Poll::Options GoOperatorMigration::options(int forbidden_tries) {
  return {.trouble = "cannot take over from an earlier operator; trying again",
          .fields = {{"namespace", object::namespace_name(resource_)}},
          .forbidden_tries = forbidden_tries,
          .on_failure = [this](const http::Error& error) {
            if (trouble_ == error.message) return;
            trouble_ = error.message;
            on_change_();
          }};
}

kube::ObjectReference GoOperatorMigration::place(kube::Resource what, std::string name) const {
  return {what, object::namespace_name(resource_), std::move(name)};
}

kube::ObjectReference GoOperatorMigration::deployment() const {
  return place(kube::deployments, name_in(resource_, "deploymentName", default_deployment));
}

void GoOperatorMigration::start() {
  look_.ask(
      [this](kube::Client::Done done) -> HandlePtr {
        // It may have been refused to another resource since the last try.
        if (!cluster_.no_migration_in.contains(object::namespace_name(resource_)))
          return client_.get(deployment(), std::move(done));
        nothing_to_do();
        return nullptr;
      },
      [this](const kube::Answer& answer) { on_deployment(answer); });
}

void GoOperatorMigration::on_deployment(const kube::Answer& answer) {
  if (!answer && kube::is_forbidden(answer.error())) return on_refused(answer.error());
  if (!answer || !object::is_owned_by(*answer, owner_of(resource_).uid)) return nothing_to_do();
  log::info("taking over from the Go operator", {{"namespace", object::namespace_name(resource_)},
                                                 {"deployment", object::name(*answer)}});
  predecessors_.insert(object::uid(*answer));
  to_remove_ = {{"RoleBinding", place(kube::role_bindings, role)}};
  remove_next();
}

// The rights to take over are given for a migration only; without them there is nothing to take
// over.
void GoOperatorMigration::on_refused(const http::Error& error) {
  const bool is_first = cluster_.no_migration_in.empty();
  cluster_.no_migration_in.insert(object::namespace_name(resource_));
  if (is_first)
    log::info("may not look for what an earlier operator made, so nothing is taken over",
              {{"error", error.message}});
  nothing_to_do();
}

void GoOperatorMigration::nothing_to_do() {
  trouble_.clear();
  is_ready_ = true;
  on_change_();
}

void GoOperatorMigration::finish() {
  if (!is_ready_ || is_finishing_ || predecessors_.empty()) return;
  is_finishing_ = true;
  // The Deployment last: who begins anew finds out by it that there is something to do.
  to_remove_ = {{"ConfigMap",
                 place(kube::configmaps, name_in(resource_, "configMapName", default_configmap))},
                {"Role", place(kube::roles, role)},
                {"ServiceAccount", place(kube::service_accounts, service_account)},
                {"Deployment", deployment()}};
  remove_next();
}

void GoOperatorMigration::remove_next() {
  if (!to_remove_.empty()) return look_at(to_remove_.front());
  trouble_.clear();
  is_ready_ = true;
  if (is_finishing_) predecessors_.clear();
  on_change_();
}

void GoOperatorMigration::look_at(const Object& object) {
  remove_.ask([this, place = object.place](
                  kube::Client::Done done) { return client_.get(place, std::move(done)); },
              [this, object](const kube::Answer& answer) {
                // What is not the resource's is somebody else's of the same name.
                if (!answer || !object::is_owned_by(*answer, owner_of(resource_).uid))
                  return done_with_one();
                remove(object, object::uid(*answer));
              });
}

void GoOperatorMigration::remove(const Object& object, const std::string& uid) {
  remove_.ask_to_write(
      [this, place = object.place, uid](kube::Client::Done done) {
        return client_.remove(place, uid, std::move(done));
      },
      [this, object](const kube::Answer& answer) {
        // Another one of the name by now: it is looked at itself.
        if (!answer && kube::is_conflict(answer.error())) return look_at(object);
        log::info("removed what the Go operator made", {{"object", object.what}});
        done_with_one();
      });
}

void GoOperatorMigration::done_with_one() {
  to_remove_.pop_front();
  remove_next();
}

}  // namespace kip::operators
