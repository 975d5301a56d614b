// The pod that keeps the images on a node, as each CACHE_MODE has it: what makes a pod template's
// spec, and what reads of one, also of an earlier mode, which images it holds. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"
#include "core/template_record.h"

namespace kip::core {

// In the order of the settings, but for `last` (names of images), which come behind the others.
// Nodes ask for every image; set_pull_policies() comes after.
json pod_spec(const config::Settings& settings, const Facts& facts,
              const std::vector<std::string>& last);

// What is to ask its registry although the node may have the image. The image that sleep is taken
// from is asked for with all others together.
void set_pull_policies(json& spec, const TemplateRecord& record);

struct HeldImage {
  std::string name;       // in the settings
  std::string reference;  // as the spec has it
  bool is_asked_for = false;
  bool operator==(const HeldImage&) const = default;
};

// In the order in which a node takes them. `spec` is that of a pod or of a template, in any mode.
std::vector<HeldImage> held_images(const json& spec);

// True if it has image volumes.
bool has_image_volumes(const json& spec);

// The image volumes of `sent` that `stored` has otherwise than as image volumes: an API server that
// does not know the field drops it without a word.
std::vector<std::string> lost_image_volumes(const json& sent, const json& stored);

// The init containers that do nothing but keep their image.
bool is_pin(const json& init_container);

}  // namespace kip::core
