#include "core/plan_input.h"

#include <algorithm>

#include "core/rollout.h"
#include "core/surge.h"

namespace kip::core {

namespace {

types::NodeCount surge(const config::Settings& settings, const Observed& seen,
                       const json& daemonset) {
  const auto nodes = int_at(daemonset, "/status/desiredNumberScheduled");
  return max_surge(
      settings.max_nodes_pulling,
      types::NodeCount::from_json(at(daemonset, "/spec/updateStrategy/rollingUpdate/maxSurge")),
      static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0)), seen.held_places);
}

// Of all images, at each interval.
Due due_by_time(const Input& in) {
  Due due;
  const WallTime next = next_refresh(in.daemonset, in.settings.interval, in.now);
  if (in.now < next) {
    due.requeue_at = next;
    return due;
  }
  // Not what was asked for since, where they come a few at a time.
  const TemplateRecord record = recorded(in.daemonset, in.settings, in.now);
  for (const auto& image : in.settings.images)
    if (record.images.at(image.name).at < next) due.containers.push_back(image.name);
  due.detail = "last " + to_rfc3339(last_refresh(in.daemonset, in.now));
  due.by_time = true;
  due.since = next;
  return due;
}

}  // namespace

Input::Input(const config::Settings& all_of_them, const config::Settings& of_now, bool asleep,
             const Observed& observed, const json& daemonset_there, WallTime at)
    : all(all_of_them),
      settings(of_now),
      is_asleep(asleep),
      seen(observed),
      daemonset(daemonset_there),
      now(at),
      max_surge(surge(settings, seen, daemonset)),
      is_spec_as_wanted(seen.spec_as_wanted != nullptr && *seen.spec_as_wanted == compared()) {}

const Due& Input::due() {
  if (due_) return *due_;
  if (daemonset.is_null() || is_asleep) return due_.emplace();
  if (settings.refresh == config::Refresh::always || seen.tags == nullptr)
    return due_.emplace(due_by_time(*this));
  const CheckedImages* before = seen.checked_images;
  const bool is_rolled_out = rollout(daemonset, seen.held).is_rolled_out();
  if (before != nullptr && before->is_of(seen, is_rolled_out) &&
      (!before->due.requeue_at || now < *before->due.requeue_at))
    return due_.emplace(before->due);
  is_looked = true;
  const bool may_retry =
      seen.may_update && settings.refresh_strategy != config::RefreshStrategy::recreate;
  Looked looked = look_at_images(settings, daemonset, *seen.tags, *seen.pods, is_rolled_out,
                                 may_retry, recorded(daemonset, settings, now), now);
  record_ = std::move(looked.record);
  return due_.emplace(std::move(looked.due));
}

const TemplateRecord& Input::record() {
  due();
  if (!record_) record_ = recorded(daemonset, settings, now);
  if (daemonset.is_null() && seen.tags != nullptr)
    leave_what_cannot_be_asked(*record_, settings, *seen.tags);
  return *record_;
}

CheckedImages::CheckedImages(const Observed& seen, bool is_rolled_out, Due found)
    : spec_revision(seen.spec_revision),
      tags_revision(seen.tags->revision),
      pods_revision(seen.pods->revision()),
      record(hash_of_record(*seen.daemonset)),
      rolled_out(is_rolled_out),
      due(std::move(found)) {}

bool CheckedImages::is_of(const Observed& seen, bool is_rolled_out) const {
  return spec_revision == seen.spec_revision && tags_revision == seen.tags->revision &&
         pods_revision == seen.pods->revision() && rolled_out == is_rolled_out &&
         record == hash_of_record(*seen.daemonset);
}

}  // namespace kip::core
