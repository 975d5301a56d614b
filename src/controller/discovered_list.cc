#include "controller/discovered_list.h"

#include <utility>

#include "base/log.h"
#include "core/names.h"
#include "kube/outage.h"

namespace kip::controller {

namespace {

constexpr const char* key = "images.json";
constexpr const char* suffix = "-discovered";

}  // namespace

std::string DiscoveredList::name(const std::string& daemonset_name) {
  return daemonset_name + suffix;
}

DiscoveredList::DiscoveredList(kube::Client client, Scheduler& scheduler,
                               const std::string& namespace_name, const std::string& daemonset_name,
                               const std::string& deployment_name, const SourcesFor& whom)
    : whom_(whom),
      text_(client, scheduler,
            {.namespace_name = namespace_name,
             .name = name(daemonset_name),
             .key = key,
             .deployment_name = deployment_name,
             .owner = whom.owner,
             .labels = {{core::managed_by_label, core::managed_by_value}},
             .trouble = "cannot read or write the list of discovered images; trying again"},
            {.on_refused = [this](const http::Error& error) { refused(error); },
             .on_others = [this] { anothers(); }}) {}

void DiscoveredList::read(std::function<void(std::optional<discovery::StoredImages>)> done) {
  text_.read([this, done = std::move(done)](const std::optional<std::string>& text) {
    if (!text) return done(std::nullopt);
    auto list = discovery::found_images_of(parse_json(*text));
    if (list) return done(std::move(*list));
    log::warn("the list of discovered images cannot be read; making it anew",
              {{"configmap", text_.name()}, {"error", list.error().message}});
    done(std::nullopt);
  });
}

void DiscoveredList::refused(const http::Error& error) {
  if (std::exchange(told_refused_, true)) return;
  whom_.tell_missing(
      "may not keep the list of discovered images, so that a restart forgets those that are not in "
      "use; add the rule to the Role",
      "apiGroups: [\"\"], resources: [configmaps], verbs: [create, get, update]",
      {{"configmap", text_.name()}, {"error", error.message}});
}

void DiscoveredList::anothers() {
  if (std::exchange(told_anothers_, true)) return;
  log::warn(
      "the ConfigMap for the list of discovered images belongs to another; leaving it alone, so "
      "that a restart forgets images that are not in use",
      {{"configmap", text_.name()}, {"resource", string_at(whom_.owner, "/name")}});
}

}  // namespace kip::controller
