#include "core/difference.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/text.h"
#include "core/first_pull.h"
#include "core/names.h"
#include "core/template_record.h"

namespace kip::core {

namespace {

constexpr std::size_t longest_shown = 120;

// Defaults that the API server writes into a DaemonSet (Kubernetes API reference v1.34: PodSpec,
// Container, DaemonSetSpec). A path ends with one of these suffixes, and has that value. Others
// that a server or a webhook adds are learnt from its answer to our write (plan.h, `tolerated`).
struct Default {
  std::string_view suffix;
  json value;
};

const std::vector<Default>& server_defaults() {
  static const std::vector<Default> table = {
      {".template.metadata.creationTimestamp", nullptr},
      {".template.spec.dnsPolicy", "ClusterFirst"},
      {".template.spec.restartPolicy", "Always"},
      {".template.spec.schedulerName", "default-scheduler"},
      {".terminationMessagePath", "/dev/termination-log"},
      {".terminationMessagePolicy", "File"},
      {".minReadySeconds", 0},
  };
  return table;
}

// Where in the object a comparison is; written out only where there is something to say, as nearly
// all of an object is as it should be.
struct Path {
  const Path* parent;
  std::string_view key;   // of an object's member
  std::size_t index = 0;  // of an array's element, where there is no key

  std::string text() const {
    if (parent == nullptr) return std::string(key);
    return key.empty() ? parent->text() + "[" + std::to_string(index) + "]"
                       : parent->text() + "." + std::string(key);
  }
};

bool is_server_default(const std::string& path, const json& value) {
  return std::any_of(server_defaults().begin(), server_defaults().end(), [&](const Default& d) {
    return path.ends_with(d.suffix) && value == d.value;
  });
}

// Go's omitempty drops these when the server writes the object.
bool is_omitted_when_empty(const json& value) {
  const auto* text = value.get_ptr<const json::string_t*>();
  return value.is_null() || (value.is_structured() && value.empty()) ||
         (text != nullptr && text->empty()) || value == false || value == 0;
}

std::string shown(const json& value) {
  std::string text = to_text(value);
  if (text.size() <= longest_shown) return text;
  std::size_t end = longest_shown;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // between two characters
  return text.substr(0, end) + "…";
}

void compare(const Path& path, const json& desired, const json& observed,
             std::vector<Difference>& out);

void compare_objects(const Path& path, const json& desired, const json& observed,
                     std::vector<Difference>& out) {
  for (const auto& [key, value] : desired.items()) {
    const Path here{&path, key};
    const auto found = observed.find(key);
    if (found != observed.end()) {
      compare(here, value, *found, out);
    } else if (!is_omitted_when_empty(value)) {
      out.push_back({here.text(), "absent", shown(value)});
    }
  }
  for (const auto& [key, value] : observed.items()) {
    if (desired.contains(key)) continue;
    const std::string here = Path{&path, key}.text();
    if (!is_server_default(here, value)) out.push_back({here, shown(value), "absent"});
  }
}

void compare_arrays(const Path& path, const json& desired, const json& observed,
                    std::vector<Difference>& out) {
  for (std::size_t i = 0; i < std::max(desired.size(), observed.size()); ++i) {
    const Path here{&path, {}, i};
    if (i >= observed.size()) {
      out.push_back({here.text(), "absent", shown(desired[i])});
    } else if (i >= desired.size()) {
      out.push_back({here.text(), shown(observed[i]), "absent"});
    } else {
      compare(here, desired[i], observed[i], out);
    }
  }
}

void compare(const Path& path, const json& desired, const json& observed,
             std::vector<Difference>& out) {
  if (desired.is_object() && observed.is_object()) {
    compare_objects(path, desired, observed, out);
  } else if (desired.is_array() && observed.is_array()) {
    compare_arrays(path, desired, observed, out);
  } else if (desired != observed) {
    out.push_back({path.text(), shown(observed), shown(desired)});
  }
}

std::set<std::string> split_keys(const std::string& list) {
  const auto keys = split(list, ',');
  return {keys.begin(), keys.end()};
}

// Keys of annotations that an earlier configuration of ours put there and this one does not want.
std::vector<std::string> stale_annotations(const json& desired, const json& observed) {
  const json& wanted = object_at(desired, "/metadata/annotations");
  const json& present = object_at(observed, "/metadata/annotations");
  const auto record = present.find(managed_annotations);
  if (record == present.end() || !record->is_string()) return {};
  std::vector<std::string> stale;
  for (const auto& key : split_keys(record->get<std::string>()))
    if (present.contains(key) && !wanted.contains(key)) stale.push_back(key);
  if (!wanted.contains(managed_annotations)) stale.push_back(managed_annotations);
  return stale;
}

bool is_same_owner(const json& a, const json& b) {
  return string_at(a, "/kind") == string_at(b, "/kind") &&
         string_at(a, "/name") == string_at(b, "/name");
}

}  // namespace

std::vector<Difference> spec_differences(const json& desired, const json& observed) {
  std::vector<Difference> out;
  compare(Path{nullptr, "spec"}, at(desired, "/spec"), at(observed, "/spec"), out);
  return out;
}

std::vector<Difference> metadata_differences(const json& desired, const json& observed) {
  std::vector<Difference> out;
  for (const char* part : {"labels", "annotations"}) {
    const std::string pointer = std::string("/metadata/") + part;
    const json& present = object_at(observed, pointer);
    for (const auto& [key, value] : object_at(desired, pointer).items()) {
      const auto found = present.find(key);
      if (found == present.end() || *found != value)
        out.push_back({std::string("metadata.") + part + "." + key,
                       found == present.end() ? "absent" : shown(*found), shown(value)});
    }
  }
  for (const auto& key : stale_annotations(desired, observed))
    out.push_back({"metadata.annotations." + key,
                   shown(object_at(observed, "/metadata/annotations").at(key)), "absent"});
  for (const auto& owner : array_at(desired, "/metadata/ownerReferences")) {
    const json& present = array_at(observed, "/metadata/ownerReferences");
    const bool there = std::any_of(present.begin(), present.end(), [&](const json& other) {
      return is_same_owner(owner, other) && string_at(owner, "/uid") == string_at(other, "/uid");
    });
    if (!there) out.push_back({"metadata.ownerReferences", shown(present), shown(owner)});
  }
  return out;
}

json merged(const json& desired, const json& observed) {
  json object = {{"apiVersion", "apps/v1"},
                 {"kind", "DaemonSet"},
                 {"metadata", at(observed, "/metadata")},
                 {"spec", at(desired, "/spec")}};
  json& meta = object["metadata"];
  meta.erase("managedFields");  // the server's own bookkeeping; it keeps its record without ours
  for (const auto& key : stale_annotations(desired, observed)) meta["annotations"].erase(key);
  // The record of images that are no longer wanted.
  erase_image_annotations(meta["annotations"]);
  erase_asleep_mark(meta["annotations"]);
  for (const char* part : {"labels", "annotations"})
    for (const auto& [key, value] : object_at(desired, std::string("/metadata/") + part).items())
      meta[part][key] = value;
  json owners = json::array();
  const json& wanted = array_at(desired, "/metadata/ownerReferences");
  for (const auto& other : array_at(observed, "/metadata/ownerReferences")) {
    if (std::none_of(wanted.begin(), wanted.end(),
                     [&](const json& owner) { return is_same_owner(owner, other); }))
      owners.push_back(other);
  }
  for (const auto& owner : wanted) owners.push_back(owner);
  if (!owners.empty()) meta["ownerReferences"] = owners;
  return object;
}

}  // namespace kip::core
