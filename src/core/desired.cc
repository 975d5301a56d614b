#include "core/desired.h"

#include "base/text.h"
#include "core/groups.h"
#include "core/held_images.h"
#include "core/names.h"
#include "core/pins.h"
#include "core/pod_template.h"
#include "types/image_reference.h"

namespace kip::core {

json owner_json(const OwnerReference& owner) {
  return {{"apiVersion", owner.api_version},
          {"kind", owner.kind},
          {"name", owner.name},
          {"uid", owner.uid}};
}

std::string kip_image(const config::Settings& settings, const Facts& facts) {
  if (settings.kip_image) return settings.kip_image->text;
  return facts.own_image.empty() ? default_kip_image : facts.own_image;
}

std::string agent_image(const config::Settings& settings, const Facts& facts) {
  constexpr std::string_view of_service = "kubernetes-image-puller",
                             of_agent = "image-puller-agent";
  const auto& given = facts.agent ? facts.agent->image : settings.agent_image;
  if (given) return given->text;
  const auto own = types::parse_image_reference(facts.own_image);
  // A digest is of the one image alone.
  if (!own || !own->digest.empty() || !own->repository().ends_with("/" + std::string(of_service)))
    return default_agent_image;
  std::string image = own->repository();
  image.replace(image.size() - of_service.size(), of_service.size(), of_agent);
  return own->tag.empty() ? image : image + ":" + own->tag;
}

config::RuntimeSocket runtime_socket(const config::Settings& settings, const Facts& facts) {
  if (!facts.agent) return settings.runtime_socket;
  return facts.agent->runtime_socket.value_or(config::Settings().runtime_socket);
}

bool is_agent_overruled(const config::Settings& settings, const Facts& facts) {
  if (!facts.agent) return false;
  const bool is_of_another_image =
      settings.agent_image &&
      (!facts.agent->image || facts.agent->image->text != settings.agent_image->text);
  return is_of_another_image || settings.runtime_socket != runtime_socket(settings, facts);
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
  if (settings.nodes_of_all) meta["annotations"][part_of_nodes] = text_of(*settings.nodes_of_all);
  if (settings.cache_mode == config::CacheMode::agent)
    meta["annotations"][pins_mark] =
        pins_instance(settings.namespace_name, settings.daemonset_name);
  if (facts.owner) meta["ownerReferences"] = json::array({owner_json(*facts.owner)});
  return meta;
}

json desired_selector() {
  return {{"matchLabels", {{name_label, name_value}, {test_label, test_value}}}};
}

json desired_daemonset(const config::Settings& settings, const Facts& facts, TemplateRecord record,
                       const types::NodeCount& max_surge) {
  json spec = pod_spec(settings, facts, record.last);
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
