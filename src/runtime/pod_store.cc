#include "runtime/pod_store.h"

#include <algorithm>

#include "base/log.h"
#include "core/names.h"
#include "kube/api.h"

namespace kip::runtime {

namespace {

// A container weighs about 2 KB in a pod's JSON (spec, status, managedFields); a page stays near
// 1 MB, so that a list of 5,000 pods passes through without being held.
int page_size(std::size_t images) {
  return static_cast<int>(std::clamp<std::size_t>(500 / std::max<std::size_t>(images, 1), 5, 100));
}

std::string selector() {
  return std::string(core::name_label) + "=" + core::name_value + "," + core::test_label + "=" +
         core::test_value;
}

}  // namespace

PodStore::PodStore(kube::Transport& transport, Scheduler& scheduler,
                   const std::string& namespace_name, std::string daemonset_name,
                   std::size_t images, std::function<void()> on_change)
    : daemonset_name_(std::move(daemonset_name)),
      on_change_(std::move(on_change)),
      watch_(transport, scheduler,
             {.path = kube::pods_path(namespace_name),
              .label_selector = selector(),
              .page = page_size(images),
              .optional = true},
             {.on_object = [this](const json& pod) { on_pod(pod); },
              .on_gone =
                  [this](const std::string& name, const std::string&) {
                    if (pods_.erase(name)) on_change_();
                  },
              .on_synced = [this] { told_refused_ = told_trouble_ = false; },
              .on_error = [this](const Error& error) { on_error(error); }}) {}

void PodStore::on_pod(const json& pod) {
  const json& owners = array_at(pod, "/metadata/ownerReferences");
  const bool is_of_ours = std::any_of(owners.begin(), owners.end(), [this](const json& owner) {
    return string_at(owner, "/kind") == "DaemonSet" && string_at(owner, "/name") == daemonset_name_;
  });
  if (!is_of_ours) return;
  if (pods_.put(string_at(pod, "/metadata/name"), core::summarize(pod))) on_change_();
}

void PodStore::on_error(const Error& error) {
  if (error.http_status == 403) {
    if (watch_.is_refused() && !told_refused_) {
      told_refused_ = true;
      log::warn(
          "may not read pods, so it cannot be told which image fails on which node; add the "
          "rule to the Role",
          {{"rule", "apiGroups: [\"\"], resources: [pods], verbs: [list, watch]"}});
    }
  } else if (!told_trouble_) {
    told_trouble_ = true;
    log::debug("cannot follow pods; trying again", {{"error", error.message}});
  }
}

}  // namespace kip::runtime
