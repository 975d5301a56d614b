#include "operator/custom_resource.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "types/object.h"

namespace kip::operators {

namespace {

// Bytes of a spec as JSON. A DaemonSet may have 1 MiB (config/settings_checks.h): 600 images whose
// references are as long as a registry takes them, which are 180 KiB here. The API server stores
// 1.5 MiB, and with some hundred such specs one tenant would take the operator's memory from all.
constexpr std::size_t max_spec = 256 << 10;

// A variable of the service, and the fields of the spec that may say it: the Go operator's string,
// and the structured one.
struct Field {
  const char* variable;
  const char* text;        // null: there is none
  const char* structured;  // null: there is none
};
constexpr std::array<Field, 15> fields = {{
    {"IMAGES", "images", "imageList"},
    {"CACHING_INTERVAL_HOURS", "cachingIntervalHours", nullptr},
    {"CACHING_MEMORY_REQUEST", "cachingMemoryRequest", nullptr},
    {"CACHING_MEMORY_LIMIT", "cachingMemoryLimit", nullptr},
    {"CACHING_CPU_REQUEST", "cachingCPURequest", nullptr},
    {"CACHING_CPU_LIMIT", "cachingCPULimit", nullptr},
    {"DAEMONSET_NAME", "daemonsetName", nullptr},
    {"NODE_SELECTOR", "nodeSelector", "nodeSelectorMap"},
    {"AFFINITY", "affinity", "affinityObject"},
    {"TOLERATIONS", "tolerations", "tolerationsList"},
    {"IMAGE_PULL_SECRETS", "imagePullSecrets", "pullSecrets"},
    {"KIP_IMAGE", "imagePullerImage", nullptr},
    {"PRIORITY_CLASS_NAME", "priorityClassName", nullptr},
    {"REFRESH_STRATEGY", "refreshStrategy", nullptr},
    {"MAX_NODES_PULLING", "maxNodesPulling", nullptr},
}};

// [{name, image}, …] in the form of IMAGES. What would break that form is left to its parser, which
// names the entry.
std::string images_text(const json& list) {
  std::string text;
  for (const auto& entry : list)
    text += string_at(entry, "/name") + "=" + string_at(entry, "/image") + ";";
  return text;
}

std::string secrets_text(const json& list) {
  std::string text;
  for (const auto& name : list) text += (name.is_string() ? name.get<std::string>() : "") + ";";
  return text;
}

std::string structured_text(const Field& field, const json& value) {
  if (field.structured == std::string_view("imageList")) return images_text(value);
  if (field.structured == std::string_view("pullSecrets")) return secrets_text(value);
  return to_text(value);
}

// What the Go operator writes into each spec, and means nothing.
bool is_nothing(std::string_view text) {
  text = trimmed(text);
  return text.empty() || text == "{}" || text == "[]";
}

bool is_list(const Field& field) {
  return field.structured == std::string_view("imageList") ||
         field.structured == std::string_view("pullSecrets");
}

std::string field_named_by(const std::string& variable, const json& spec) {
  for (const auto& field : fields) {
    if (variable != field.variable) continue;
    const bool is_structured =
        field.structured != nullptr && has(spec, std::string("/") + field.structured);
    return std::string("spec.") + (is_structured ? field.structured : field.text);
  }
  return {};
}

}  // namespace

kube::ObjectReference reference_to(const json& resource) {
  return {image_pullers, object::namespace_name(resource), object::name(resource)};
}

config::Reading read_custom_resource(const json& resource) {
  const json& spec = object_at(resource, "/spec");
  const std::size_t size = to_text(spec).size();
  if (size > max_spec)
    return {{},
            {{config::Problem::Severity::error, "spec",
              "it has " + std::to_string(size) + " bytes as JSON; expected at most " +
                  std::to_string(max_spec) + ", as a DaemonSet that can be stored needs less"}}};
  Environment environment;
  std::vector<config::Problem> clashes;
  for (const auto& field : fields) {
    const json& value = at(spec, std::string("/") + field.text);
    std::string text = value.is_string() ? value.get<std::string>()
                       : value.is_null() ? std::string()
                                         : to_text(value);  // maxNodesPulling may be a number
    if (field.structured != nullptr && has(spec, std::string("/") + field.structured)) {
      if (!is_nothing(text))
        clashes.push_back({config::Problem::Severity::error,
                           std::string("spec.") + field.structured,
                           std::string("spec.") + field.text + " is set, too: " + quoted(text, 60) +
                               "; expected one of them"});
      const json& structured = at(spec, std::string("/") + field.structured);
      if (is_list(field) && !structured.is_array())
        clashes.push_back({config::Problem::Severity::error,
                           std::string("spec.") + field.structured,
                           quoted(to_text(structured), 60) + "; expected a list"});
      text = structured_text(field, structured);
    }
    environment[field.variable] = std::move(text);
  }
  config::Reading reading = config::read_settings(environment, object::namespace_name(resource));
  std::erase_if(reading.problems, [&](config::Problem& problem) {
    problem.setting = field_named_by(problem.setting, spec);
    return problem.setting.empty();  // DEPLOYMENT_NAME: the owner is the resource itself
  });
  if (!clashes.empty()) reading.settings.reset();
  reading.problems.insert(reading.problems.begin(), clashes.begin(), clashes.end());
  return reading;
}

core::Owner owner_of(const json& resource) {
  return {object::name(resource), object::uid(resource), group_version, kind};
}

}  // namespace kip::operators
