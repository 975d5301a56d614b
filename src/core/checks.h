// What a plan is made of: each check looks at one thing, and says what is to be done about it, or
// nothing. Internal to the plan, which has their order. Pure.
#pragma once

#include <optional>

#include "core/plan.h"
#include "core/plan_input.h"

namespace kip::core {

// What takes longer is told.
constexpr Duration patience = std::chrono::minutes{1};

// Of the DaemonSet itself.
std::optional<Plan> owner_is_leaving(Input& in);
std::optional<Plan> of_another(Input& in);
std::optional<Plan> not_ours(Input& in);
std::optional<Plan> being_deleted(Input& in);
std::optional<Plan> kip_image_unknown(Input& in);
std::optional<Plan> absent(Input& in);
std::optional<Plan> selector_differs(Input& in);
std::optional<Plan> differs(Input& in);

// Of what nodes are asked for.
std::optional<Plan> images_go_in(Input& in);
std::optional<Plan> images_wait(Input& in);
std::optional<Plan> others_are_held_up(Input& in);
std::optional<Plan> absent_is_left_out(Input& in);
std::optional<Plan> asking_is_over(Input& in);
std::optional<Plan> digests_are_known(Input& in);
std::optional<Plan> refresh_is_due(Input& in);

// Of what comes after a roll-out.
std::optional<Plan> pins_are_released(Input& in);
std::optional<Plan> no_pods_come(Input& in);
bool may_release_pins(Input& in);
// Nodes may have pins of CACHE_MODE=agent, which the settings have left.
bool leaves_pins(const Input& in);

}  // namespace kip::core
