#include "core/desired.h"

#include "base/text.h"
#include "core/groups.h"
#include "core/names.h"
#include "types/image_reference.h"

namespace kip::core {

namespace {

constexpr int unprivileged_id = 65532;  // "nonroot" of the images that people build on
constexpr const char* sleep_folder = "/kip";
constexpr const char* sleep_volume = "kip";

// As the API server stores them, so that what it holds can be compared with what we want.
json resources(const config::Resources& r) {
  return {
      {"requests", {{"memory", r.memory_request.stored()}, {"cpu", r.cpu_request.stored()}}},
      {"limits", {{"memory", r.memory_limit.stored()}, {"cpu", r.cpu_limit.stored()}}},
  };
}

json container_security_context(const Facts& facts) {
  json context = {{"allowPrivilegeEscalation", false},
                  {"readOnlyRootFilesystem", true},
                  {"runAsNonRoot", true},
                  {"capabilities", {{"drop", json::array({"ALL"})}}}};
  if (!facts.is_openshift) {
    context["runAsUser"] = unprivileged_id;
    context["runAsGroup"] = unprivileged_id;
  }
  return context;
}

json container(const std::string& name, const std::string& image, const config::Settings& settings,
               const Facts& facts) {
  return {{"name", name},
          {"image", image},
          {"imagePullPolicy", "Always"},
          {"resources", resources(settings.resources)},
          {"securityContext", container_security_context(facts)},
          {"volumeMounts", json::array({{{"name", sleep_volume}, {"mountPath", sleep_folder}}})}};
}

json install_command(const config::Settings& settings, const Facts& facts) {
  if (!settings.kip_install_command.empty()) return settings.kip_install_command;
  if (is_foreign_kip_image(settings, facts))
    return json::array({"/bin/sh", "-c", "cp /bin/sleep /kip/sleep"});
  return json::array({"/bin/sleep", "--install", "/kip/sleep"});
}

json init_container(const config::Settings& settings, const Facts& facts) {
  json init = container("copy-sleep", kip_image(settings, facts), settings, facts);
  init["command"] = install_command(settings, facts);
  return init;
}

json cached_containers(const config::Settings& settings, const Facts& facts) {
  json list = json::array();
  for (const auto& image : settings.images) {
    json one = container(image.name, image.reference.text, settings, facts);
    one["command"] = json::array({"/kip/sleep"});
    one["args"] = json::array({"720h"});
    list.push_back(std::move(one));
  }
  return list;
}

json pod_security_context(const Facts& facts) {
  json context = {{"seccompProfile", {{"type", "RuntimeDefault"}}}};
  if (!facts.is_openshift) context["fsGroup"] = unprivileged_id;
  return context;
}

json pod_spec(const config::Settings& settings, const Facts& facts) {
  json spec = {
      {"initContainers", json::array({init_container(settings, facts)})},
      {"containers", cached_containers(settings, facts)},
      {"volumes", json::array({{{"name", sleep_volume}, {"emptyDir", {{"sizeLimit", "50Mi"}}}}})},
      {"securityContext", pod_security_context(facts)},
      {"terminationGracePeriodSeconds", 1},
      // The pods only sleep: no token to steal, no list of Services in their environment.
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
  };
  if (!settings.node_selector.empty()) spec["nodeSelector"] = settings.node_selector;
  if (!settings.affinity.empty()) spec["affinity"] = settings.affinity;
  if (!settings.tolerations.empty()) spec["tolerations"] = settings.tolerations;
  if (!settings.priority_class_name.empty())
    spec["priorityClassName"] = settings.priority_class_name;
  for (const auto& secret : pull_secrets(settings, facts))
    spec["imagePullSecrets"].push_back({{"name", secret}});
  return spec;
}

// What is to ask its registry although the node may have the image. The one that sleep is taken
// from is asked for with all others together.
void set_pull_policies(json& spec, const TemplateRecord& record) {
  for (auto& container : spec["containers"])
    if (!record.asks_for(string_at(container, "/name")))
      container["imagePullPolicy"] = "IfNotPresent";
  if (record.changed != record.refreshed)
    spec["initContainers"][0]["imagePullPolicy"] = "IfNotPresent";
}

}  // namespace

std::string kip_image(const config::Settings& settings, const Facts& facts) {
  if (settings.kip_image) return settings.kip_image->text;
  return facts.own_image.empty() ? default_kip_image : facts.own_image;
}

bool is_foreign_kip_image(const config::Settings& settings, const Facts& facts) {
  return settings.kip_image && !facts.own_image.empty() &&
         settings.kip_image->repository() != types::repository_of(facts.own_image);
}

json desired_metadata(const config::Settings& settings, const Facts& facts) {
  json meta = {{"name", settings.daemonset_name},
               {"namespace", settings.namespace_name},
               {"labels", {{managed_by_label, managed_by_value}, {name_label, name_value}}}};
  if (!settings.daemonset_annotations.empty()) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : settings.daemonset_annotations.items()) keys.push_back(key);
    meta["annotations"] = settings.daemonset_annotations;
    meta["annotations"][managed_annotations] = joined(keys, ",");
  }
  if (!settings.part_of.empty()) meta["annotations"][part_of] = settings.part_of;
  if (facts.owner) {
    meta["ownerReferences"] = json::array({{{"apiVersion", facts.owner->api_version},
                                            {"kind", facts.owner->kind},
                                            {"name", facts.owner->name},
                                            {"uid", facts.owner->uid}}});
  }
  return meta;
}

json desired_selector() {
  return {{"matchLabels", {{name_label, name_value}, {test_label, test_value}}}};
}

json desired_daemonset(const config::Settings& settings, const Facts& facts, TemplateRecord record,
                       const types::NodeCount& max_surge) {
  json spec = pod_spec(settings, facts);
  record.checksum = checksum(to_text(spec));
  set_pull_policies(spec, record);
  json metadata = desired_metadata(settings, facts);
  metadata["annotations"].update(image_annotations(record, settings));
  json selector = desired_selector();
  json pod_labels = selector["matchLabels"];
  pod_labels[managed_by_label] = managed_by_value;
  return {{"apiVersion", "apps/v1"},
          {"kind", "DaemonSet"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"selector", std::move(selector)},
            // Rolling back is a change of IMAGES, so old revisions are only weight in etcd.
            {"revisionHistoryLimit", 2},
            // The old pod holds the old images until the new one runs: never a gap on a node.
            {"updateStrategy",
             {{"type", "RollingUpdate"},
              {"rollingUpdate", {{"maxSurge", max_surge.to_json()}, {"maxUnavailable", 0}}}}},
            {"template",
             {{"metadata", {{"labels", pod_labels}, {"annotations", template_annotations(record)}}},
              {"spec", std::move(spec)}}}}}};
}

}  // namespace kip::core
