// The DaemonSet that is wanted now, and the write that leads to it. Internal to the plan. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/plan.h"
#include "core/plan_input.h"
#include "core/template_record.h"

namespace kip::core {

// `kubectl rollout restart` is a wish for new pods, and is kept.
void keep_restart(const Input& in, json& object);
// Names of the images that fail, and so come behind the others.
// What is asleep, of these settings.
json wanted_asleep(const Input& in, const config::Settings& sleeping);

std::vector<std::string> images_to_put_last(const Input& in, const TemplateRecord& record);

// With what the template records, or with this record.
json wanted(Input& in);
json wanted(const Input& in, TemplateRecord record);
// A changed template in which nodes are asked for these, and for what is due.
json asking_for(Input& in, std::vector<std::string> containers);
// The same where something is due, else wanted().
json refreshed_now(Input& in);

Action create(const Input& in, json object);
Action replace(const Input& in, const json& object);
// Leads to a create of `next`.
Action remove(const Input& in, json next);
// A change in place, or, where the Role does not allow it, a delete that leads to a create.
Action change(const Input& in, json object);

// Owners that are taken over from: they go, and the DaemonSet is not to be taken for theirs then.
bool is_predecessor(const Input& in, const json& owner);

}  // namespace kip::core
