// What the checks of a plan look at, each part of it once. Internal to the plan. Pure.
#pragma once

#include <optional>

#include "core/image_order.h"
#include "core/plan.h"
#include "core/refresh.h"
#include "core/template_record.h"

namespace kip::core {

struct Input {
  Input(const config::Settings& all_of_them, const config::Settings& of_now, bool asleep,
        const Observed& observed, const json& daemonset_there, WallTime at);

  const config::Settings& all;       // that are asked for
  const config::Settings& settings;  // of the DaemonSet as it is to be now: asleep, or all
  bool is_asleep;
  const Observed& seen;
  const json& daemonset;  // null: there is none
  WallTime now;
  types::NodeCount max_surge;
  // The spec is as wanted, by this comparison or by that of the plan before.
  bool is_spec_as_wanted;

  ComparedSpec compared() const { return {seen.spec_revision, seen.facts, max_surge}; }
  const Due& due();

  // What the DaemonSet is to record: what it does, and what is known since.
  const TemplateRecord& record();

  std::optional<Due> due_ = {};
  std::optional<TemplateRecord> record_ = {};
  bool is_looked = false;  // at the images, and not known from the plan before

  // When a check that had nothing to say may have; nothing: not by itself.
  std::optional<WallTime> look_again = {};
  void not_after(WallTime time) { look_again = std::min(look_again.value_or(time), time); }

  bool do_images_wait() const { return core::do_images_wait(settings.cache_mode); }
};

}  // namespace kip::core
