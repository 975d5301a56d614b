#include "publish/list_configmap.h"

#include <utility>

#include "base/log.h"
#include "kube/outage.h"
#include "types/object.h"

namespace kip::publish {

namespace {

using namespace std::chrono_literals;

constexpr const char* key = "images.txt";
// A ConfigMap holds 1 MiB, with its metadata.
constexpr std::size_t most_bytes = 900 << 10;
// It may have been taken away, or changed by hand.
constexpr Duration pace = 4min;

std::string text_in(const json& configmap) {
  const auto& data = object_at(configmap, "/data");
  const auto found = data.find(key);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

ListConfigMap::ListConfigMap(kube::Client client, Scheduler& scheduler,
                             const std::string& namespace_name, const std::string& name,
                             const std::string& deployment_name)
    : client_(client),
      scheduler_(scheduler),
      at_{kube::configmaps, namespace_name, name},
      deployment_at_{kube::deployments, namespace_name, deployment_name},
      poll_(scheduler, {.trouble = "cannot read or write the list of images; trying again",
                        .fields = {{"configmap", name}},
                        .forbidden_tries = 2}) {}

void ListConfigMap::set_list(const std::vector<std::string>& images) {
  std::string text;
  std::size_t left_out = 0;
  for (const auto& image : images) {
    if (left_out > 0 || text.size() + image.size() + 1 > most_bytes)
      ++left_out;
    else
      text += image + "\n";
  }
  if (left_out > 0 && !std::exchange(told_too_large_, true))
    log::warn("the list of images is larger than a ConfigMap; its end is left out there",
              {{"configmap", at_.name}, {"images", left_out}});
  wanted_ = std::move(text);
  if (!poll_.is_busy()) look();
}

void ListConfigMap::look() {
  timer_.reset();
  poll_.ask([this](kube::Client::Done answer) { return client_.get(at_, std::move(answer)); },
            [this](const kube::Answer& answer) {
              if (!answer && kube::is_forbidden(answer.error())) return refused(answer.error());
              is_there_ = static_cast<bool>(answer);
              object_ = answer ? *answer : json();
              stored_ = text_in(object_);
              if (is_written()) return look_later();
              if (is_there_) return put(json::array());
              find_owner();
            });
}

void ListConfigMap::find_owner() {
  if (deployment_at_.name.empty()) return put(json::array());
  poll_.ask(
      [this](kube::Client::Done answer) { return client_.get(deployment_at_, std::move(answer)); },
      [this](const kube::Answer& answer) {
        json owners = json::array();
        if (answer)
          owners.push_back({{"apiVersion", "apps/v1"},
                            {"kind", "Deployment"},
                            {"name", deployment_at_.name},
                            {"uid", object::uid(*answer)}});
        put(owners);
      });
}

void ListConfigMap::put(const json& owners) {
  poll_.ask_to_write(
      [this, wanted = body(owners)](kube::Client::Done answer) {
        return object_.is_null() ? client_.create(at_.collection(), wanted, std::move(answer))
                                 : client_.replace(at_, wanted, std::move(answer));
      },
      [this](const kube::Answer& answer) { written(answer); });
}

json ListConfigMap::body(const json& owners) const {
  json body = object_;
  if (body.is_null())
    body = {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", at_.name},
              {"namespace", at_.namespace_name},
              {"labels", {{"app.kubernetes.io/managed-by", "kubernetes-image-puller"}}}}}};
  if (!owners.empty()) body["metadata"]["ownerReferences"] = owners;
  body["data"] = {{key, wanted_}};
  return body;
}

void ListConfigMap::written(const kube::Answer& answer) {
  if (!answer && kube::is_forbidden(answer.error())) return refused(answer.error());
  if (!answer) return look();  // another has written it, or taken it away
  object_ = *answer;
  stored_ = text_in(object_);
  is_there_ = true;
  if (is_written()) return look_later();
  look();  // what was set meanwhile
}

void ListConfigMap::look_later() {
  timer_ = scheduler_.after(pace, [this] { look(); });
}

void ListConfigMap::refused(const http::Error& error) {
  look_later();
  if (std::exchange(told_refused_, true)) return;
  kube::warn_of_missing_rule(
      "may not write the list of images for agents; add the rule to the Role",
      "apiGroups: [\"\"], resources: [configmaps], verbs: [create, get, update]",
      {{"configmap", at_.name}, {"error", error.message}});
}

}  // namespace kip::publish
