#include "core/wanted.h"

#include <algorithm>
#include <utility>

#include "core/desired.h"
#include "core/difference.h"
#include "core/first_pull.h"
#include "core/held_images.h"
#include "core/image_order.h"
#include "core/names.h"
#include "core/rollout.h"

namespace kip::core {

namespace {

// What nodes are asking for, while some have not done so: a change in the middle does not stop it.
std::vector<std::string> under_way(const Input& in, const TemplateRecord& record) {
  const bool is_done = rollout(in.daemonset, 0).is_warm();
  return is_done ? std::vector<std::string>{} : record.under_way;
}

bool is_to_be_shown(const Input& in, const json& object) {
  return has_image_volumes(at(object, "/spec/template/spec")) &&
         !has_image_volumes(at(in.daemonset, "/spec/template/spec"));
}

// Also of one that is asleep: the images would never go in.
bool is_first_agent(const Input& in) {
  return in.all.cache_mode == config::CacheMode::agent &&
         fetching_container(at(in.daemonset, "/spec/template/spec")).is_null();
}

}  // namespace

void keep_restart(const Input& in, json& object) {
  const json& annotations = object_at(in.daemonset, "/spec/template/metadata/annotations");
  if (const auto found = annotations.find(restarted_at); found != annotations.end())
    object["spec"]["template"]["metadata"]["annotations"][restarted_at] = *found;
}

std::vector<std::string> images_to_put_last(const Input& in, const TemplateRecord& record) {
  static const Pods none;
  const Pods& pods = in.seen.pods == nullptr ? none : *in.seen.pods;
  return core::images_to_put_last(in.all, record, pods, in.seen.tags);
}

// With what the template records. Where the settings have changed since, and so the template does
// anyway, nodes ask for what is new, and for nothing else; and the images are put in order anew.
json wanted(const Input& in, TemplateRecord record) {
  if (in.daemonset.is_null() && !in.is_asleep) record.last = images_to_put_last(in, record);
  json object = desired_daemonset(in.settings, in.seen.facts, record, in.max_surge);
  if (!in.daemonset.is_null() && record.checksum != recorded_checksum(object)) {
    if (!record.is_changed && !in.is_asleep) record.last = images_to_put_last(in, record);
    record.ask_for(under_way(in, record), in.now);
    object = desired_daemonset(in.settings, in.seen.facts, record, in.max_surge);
  }
  keep_restart(in, object);
  if (in.is_asleep) mark_as_asleep(object);
  return object;
}

json wanted_asleep(const Input& in, const config::Settings& sleeping) {
  json object =
      desired_daemonset(sleeping, in.seen.facts, new_record(sleeping, in.now), in.max_surge);
  keep_restart(in, object);
  mark_as_asleep(object);
  return object;
}

json wanted(Input& in) { return wanted(in, in.record()); }

// Image volumes that are `Always` a kubelet pulls at each try anew: more than its limit on pulls (5
// a second, and 10 in a burst) allows it would never get to the end of. So there are a few in each
// change; the rest, those that were asked for last, are as they were, and due when it has rolled
// out.
std::vector<std::string> few_of(std::vector<std::string> due, const Input& in,
                                TemplateRecord& record) {
  constexpr std::size_t most_volumes = 5;
  if (in.settings.cache_mode != config::CacheMode::volume || due.size() <= most_volumes) return due;
  const TemplateRecord before = recorded(in.daemonset, in.settings, in.now);
  std::stable_sort(due.begin(), due.end(), [&](const auto& a, const auto& b) {
    return before.images.at(a).at < before.images.at(b).at;
  });
  for (std::size_t i = most_volumes; i < due.size(); ++i)
    record.images[due[i]] = before.images.at(due[i]);
  due.resize(most_volumes);
  return due;
}

json asking_for(Input& in, std::vector<std::string> containers) {
  const Due& due = in.due();
  TemplateRecord record = in.record();
  const auto asked = few_of(due.containers, in, record);
  containers.insert(containers.end(), asked.begin(), asked.end());
  record.last = images_to_put_last(in, record);
  record.ask_for(containers, in.now);
  record.ask_for(under_way(in, record), in.now);
  if (due.by_time && asked.size() == due.containers.size()) record.refreshed = record.changed;
  return wanted(in, std::move(record));
}

json refreshed_now(Input& in) {
  return in.due().containers.empty() ? wanted(in) : asking_for(in, {});
}

Action create(const Input& in, json object) {
  json metadata = at(object, "/metadata");
  const bool shown = is_to_be_shown(in, object);
  return {Action::Kind::create, std::move(object), std::move(metadata), {}, shown,
          is_first_agent(in)};
}

bool is_predecessor(const Input& in, const json& owner) {
  return in.seen.predecessors.contains(string_at(owner, "/uid"));
}

Action replace(const Input& in, const json& object) {
  json whole = merged(object, in.daemonset);
  if (!in.seen.predecessors.empty() && whole["metadata"].contains("ownerReferences"))
    std::erase_if(whole["metadata"]["ownerReferences"].get_ref<json::array_t&>(),
                  [&](const json& owner) { return is_predecessor(in, owner); });
  return {Action::Kind::replace,      std::move(whole),
          at(object, "/metadata"),    string_at(in.daemonset, "/metadata/uid"),
          is_to_be_shown(in, object), is_first_agent(in)};
}

Action remove(const Input& in, json next) {
  const bool shown = is_to_be_shown(in, next);
  return {
      Action::Kind::remove, std::move(next), {}, string_at(in.daemonset, "/metadata/uid"), shown,
      is_first_agent(in)};
}

Action change(const Input& in, json object) {
  if (!in.seen.may_update) return remove(in, std::move(object));
  return replace(in, object);
}

}  // namespace kip::core
