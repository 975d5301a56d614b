// NODE_GATE_TAINT, NODE_GATE_IMAGES, NODE_GATE_DEADLINE. Pure; any thread may call them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "config/settings.h"
#include "types/taint.h"

namespace kip::config {

// None of Kubernetes' own: cordons, dead nodes and control planes are not ours to open.
Result<types::Taint> parse_gate_taint(std::string_view text);

// Whether an entry of NODE_GATE_IMAGES means this image: by its name, or by its reference, however
// that is written.
bool means(std::string_view entry, const CachedImage& image);

// `name;registry.example/tools:1;`: names of containers, or references. Blanks around an entry,
// empty and repeated entries are dropped.
Result<std::vector<std::string>> parse_gate_images(std::string_view text);
// The same as a list.
Result<std::vector<std::string>> gate_images_of(const json& list);
// An entry that means no image is most likely misspelled; it is not waited for.
Problems check_gate_images(const Settings& settings);

// As Go writes durations: from a second to a day.
Result<Duration> parse_gate_deadline(std::string_view text);

}  // namespace kip::config
