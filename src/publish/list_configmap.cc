#include "publish/list_configmap.h"

#include <set>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "core/names.h"
#include "kube/outage.h"

namespace kip::publish {

namespace {

using namespace std::chrono_literals;

constexpr const char* key = "images.txt";
// A ConfigMap holds 1 MiB, with its metadata.
constexpr std::size_t most_bytes = 900 << 10;
// It may have been taken away, or changed by hand.
constexpr Duration pace = 4min;

}  // namespace

ListConfigMap::ListConfigMap(kube::Client client, Scheduler& scheduler,
                             const std::string& namespace_name, const std::string& name,
                             const std::string& deployment_name)
    : scheduler_(scheduler),
      text_(client, scheduler,
            {.namespace_name = namespace_name,
             .name = name,
             .key = key,
             .deployment_name = deployment_name,
             .labels = {{core::managed_by_label, core::managed_by_value}},
             .trouble = "cannot read or write the list of images; trying again"},
            {.on_refused = [this](const http::Error& error) { refused(error); },
             .on_stored = [this] { look_later(); }}) {}

void ListConfigMap::set_list(const std::vector<std::string>& images) {
  std::set<std::string_view> listed;
  std::size_t bytes = 0, left_out = 0;
  for (const auto& image : images) {
    if (listed.contains(image)) continue;
    if (left_out > 0 || bytes + image.size() + 1 > most_bytes) {
      ++left_out;
      continue;
    }
    bytes += image.size() + 1;
    listed.insert(image);
  }
  std::string text;
  for (const auto image : listed) text.append(image) += "\n";
  if (left_out > 0 && !std::exchange(told_too_large_, true))
    log::warn("the list of images is larger than a ConfigMap; its end is left out there",
              {{"configmap", text_.name()}, {"images", left_out}});
  text_.write(std::move(text));
}

void ListConfigMap::look_later() {
  timer_ = scheduler_.after(pace, [this] { text_.look_again(); });
}

void ListConfigMap::refused(const http::Error& error) {
  look_later();
  if (std::exchange(told_refused_, true)) return;
  kube::warn_of_missing_rule(
      "may not write the list of images for agents; add the rule to the Role",
      "apiGroups: [\"\"], resources: [configmaps], verbs: [create, get, update]",
      {{"configmap", text_.name()}, {"error", error.message}});
}

}  // namespace kip::publish
