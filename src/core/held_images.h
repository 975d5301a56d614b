// Which images a pod, or a pod template, holds, whichever CACHE_MODE made it, also an earlier one.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/template_record.h"

namespace kip::core {

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

// The init container that pulls all images and pins them (CACHE_MODE=agent); null: there is none.
const json& fetching_container(const json& spec);

// What is to ask its registry although the node may have the image. The images of our own
// containers are asked for with all others together.
void set_pull_policies(json& spec, const TemplateRecord& record);

}  // namespace kip::core
