#include "controller/discovered_list.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/names.h"
#include "kube/outage.h"
#include "types/object.h"

namespace kip::controller {

namespace {

constexpr const char* key = "images.json";
constexpr const char* suffix = "-discovered";

std::string text_in(const json& configmap) {
  const auto& data = object_at(configmap, "/data");
  const auto found = data.find(key);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string DiscoveredList::name(const std::string& daemonset_name) {
  return daemonset_name + suffix;
}

DiscoveredList::DiscoveredList(kube::Client client, Scheduler& scheduler,
                               const std::string& namespace_name, const std::string& daemonset_name,
                               const std::string& deployment_name)
    : client_(client),
      at_{kube::configmaps, namespace_name, name(daemonset_name)},
      deployment_at_{kube::deployments, namespace_name, deployment_name},
      poll_(scheduler,
            {.trouble = "cannot read or write the list of discovered images; trying again",
             .fields = {{"configmap", at_.name}},
             .forbidden_tries = 2}),
      owner_poll_(scheduler,
                  {.trouble = "cannot read the Deployment; trying again", .forbidden_tries = 2}) {}

void DiscoveredList::read(std::function<void(std::optional<discovery::StoredImages>)> done) {
  poll_.ask([this](kube::Client::Done answer) { return client_.get(at_, std::move(answer)); },
            [this, done = std::move(done)](const kube::Answer& answer) {
              if (!answer) {
                is_read_ = !kube::is_forbidden(answer.error());
                if (!is_read_) refused(answer.error());
                return done(std::nullopt);
              }
              is_read_ = true;
              object_ = *answer;
              stored_ = text_in(object_);
              auto list = discovery::found_images_of(parse_json(stored_));
              if (list) return done(std::move(*list));
              log::warn("the list of discovered images cannot be read; making it anew",
                        {{"configmap", at_.name}, {"error", list.error().message}});
              done(std::nullopt);
            });
}

void DiscoveredList::write(const json& list) {
  wanted_ = to_text(list);
  if (poll_.is_busy() || owner_poll_.is_busy()) return;
  if (is_read_)
    put();
  else
    look();
}

// What is stored may have been changed by somebody else.
void DiscoveredList::look() {
  poll_.ask([this](kube::Client::Done answer) { return client_.get(at_, std::move(answer)); },
            [this](const kube::Answer& answer) {
              is_read_ = answer || !kube::is_forbidden(answer.error());
              if (!is_read_) return refused(answer.error());
              object_ = answer ? *answer : json();
              stored_ = text_in(object_);
              put();
            });
}

void DiscoveredList::put() {
  if (!object_.is_null() && stored_ == wanted_) return;
  if (!object_.is_null() || deployment_at_.name.empty()) return put_with(object::owners(object_));
  owner_poll_.ask(
      [this](kube::Client::Done answer) { return client_.get(deployment_at_, std::move(answer)); },
      [this](const kube::Answer& answer) {
        json owners = json::array();
        if (answer)
          owners.push_back({{"apiVersion", "apps/v1"},
                            {"kind", "Deployment"},
                            {"name", deployment_at_.name},
                            {"uid", object::uid(*answer)}});
        put_with(owners);
      });
}

void DiscoveredList::put_with(const json& owners) {
  // Each try says what is wanted by then: what is refused now, as too large, may not be for ever.
  poll_.ask_to_write(
      [this, owners](kube::Client::Done answer) {
        const json wanted = body(owners);
        return object_.is_null() ? client_.create(at_.collection(), wanted, std::move(answer))
                                 : client_.replace(at_, wanted, std::move(answer));
      },
      [this](const kube::Answer& answer) { written(answer); });
}

json DiscoveredList::body(const json& owners) const {
  json body = object_;
  if (body.is_null())
    body = {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", at_.name},
              {"namespace", at_.namespace_name},
              {"labels", {{core::managed_by_label, core::managed_by_value}}}}}};
  if (!owners.empty()) body["metadata"]["ownerReferences"] = owners;
  body["data"] = {{key, wanted_}};
  return body;
}

void DiscoveredList::written(const kube::Answer& answer) {
  if (answer) {
    object_ = *answer;
    stored_ = text_in(object_);
    return put();  // what was wanted since
  }
  if (kube::is_forbidden(answer.error())) return refused(answer.error());
  look();  // another has written it, or taken it away
}

void DiscoveredList::refused(const http::Error& error) {
  if (std::exchange(told_refused_, true)) return;
  kube::warn_of_missing_rule(
      "may not keep the list of discovered images, so that a restart forgets those that are not in "
      "use; add the rule to the Role",
      "apiGroups: [\"\"], resources: [configmaps], verbs: [create, get, update]",
      {{"configmap", at_.name}, {"error", error.message}});
}

}  // namespace kip::controller
