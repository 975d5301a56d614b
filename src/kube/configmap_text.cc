#include "kube/configmap_text.h"

#include <utility>

#include "types/object.h"

namespace kip::kube {

namespace {

std::string text_in(const json& configmap, const std::string& key) {
  const auto& data = object_at(configmap, "/data");
  const auto found = data.find(key);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

ConfigMapText::ConfigMapText(Client client, Scheduler& scheduler, Options options, Sink sink)
    : client_(client),
      scheduler_(scheduler),
      at_{configmaps, options.namespace_name, options.name},
      deployment_at_{deployments, options.namespace_name, options.deployment_name},
      key_(std::move(options.key)),
      owner_(std::move(options.owner)),
      labels_(std::move(options.labels)),
      sink_(std::move(sink)),
      poll_(scheduler, {.trouble = options.trouble,
                        .fields = {{"configmap", options.name}},
                        .forbidden_tries = 2}),
      owner_poll_(scheduler,
                  {.trouble = "cannot read the Deployment; trying again", .forbidden_tries = 2}) {}

void ConfigMapText::ask(std::function<void()> done) {
  poll_.ask([this](Client::Done answer) { return client_.get(at_, std::move(answer)); },
            [this, done = std::move(done)](const Answer& answer) {
              is_read_ = answer || !is_forbidden(answer.error());
              if (!is_read_) sink_.on_refused(answer.error());
              object_ = answer ? *answer : json();
              const bool is_anothers = answer && !owner_.is_null() &&
                                       !object::is_owned_by(object_, string_at(owner_, "/uid"));
              if (is_anothers) {
                is_read_ = false;
                object_ = json();
                if (sink_.on_others) sink_.on_others();
              }
              stored_ = text_in(object_, key_);
              done();
            });
}

void ConfigMapText::read(std::function<void(const std::optional<std::string>&)> done) {
  ask([this, done = std::move(done)] {
    done(object_.is_null() ? std::nullopt : std::optional(stored_));
  });
}

void ConfigMapText::write(std::string text) {
  wanted_ = std::move(text);
  if (is_busy()) return;
  if (is_read_)
    put();
  else
    look();
}

void ConfigMapText::look() {
  ask([this] {
    if (is_read_) put();
  });
}

void ConfigMapText::put() {
  if (is_written()) {
    if (sink_.on_stored) sink_.on_stored();
    return;
  }
  if (object_.is_null() && !owner_.is_null()) return put_with(json::array({owner_}));
  if (!object_.is_null() || deployment_at_.name.empty()) return put_with(object::owners(object_));
  owner_poll_.ask(
      [this](Client::Done answer) { return client_.get(deployment_at_, std::move(answer)); },
      [this](const Answer& answer) {
        json owners = json::array();
        if (answer)
          owners.push_back({{"apiVersion", "apps/v1"},
                            {"kind", "Deployment"},
                            {"name", deployment_at_.name},
                            {"uid", object::uid(*answer)}});
        put_with(owners);
      });
}

void ConfigMapText::put_with(const json& owners) {
  // Each try says what is wanted by then: what is refused now, as too large, may not be for ever.
  poll_.ask_to_write(
      [this, owners](Client::Done answer) {
        const json wanted = body(owners);
        sent_ = wanted_;
        return object_.is_null() ? client_.create(at_.collection(), wanted, std::move(answer))
                                 : client_.replace(at_, wanted, std::move(answer));
      },
      [this](const Answer& answer) { written(answer); });
}

json ConfigMapText::body(const json& owners) const {
  json body = object_;
  if (body.is_null())
    body = {
        {"apiVersion", "v1"},
        {"kind", "ConfigMap"},
        {"metadata", {{"name", at_.name}, {"namespace", at_.namespace_name}, {"labels", labels_}}}};
  if (!owners.empty()) body["metadata"]["ownerReferences"] = owners;
  body["data"] = {{key_, wanted_}};
  return body;
}

void ConfigMapText::written(const Answer& answer) {
  if (answer) {
    lost_.reset();
    object_ = *answer;
    stored_ = sent_;  // a webhook that makes something else of it would do so again
    return put();     // what was wanted since
  }
  const http::Error& error = answer.error();
  if (is_forbidden(error)) return sink_.on_refused(error);
  // Another has written it, or taken it away, or the namespace with it.
  later_ = scheduler_.after(lost_.after(error, scheduler_.random()), [this] {
    const HandlePtr ended = std::move(later_);
    look();
  });
}

}  // namespace kip::kube
