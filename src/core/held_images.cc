#include "core/held_images.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/names.h"

namespace kip::core {

namespace {

bool is_image_volume(const json& volume) { return has(volume, "/image"); }

// Where a spec, in whichever mode, says of images what is to be pulled. Visits each with its name,
// the object that has the reference and the policy, and the keys of these two.
template <class Json, class Visit>
void visit_images(Json& spec, const Visit& visit) {
  const auto each = [&](const char* list, const auto& is_one, const auto& of) {
    bool found = false;
    if (!spec.contains(list) || !spec[list].is_array()) return false;
    for (auto& one : spec[list]) {
      if (!is_one(one)) continue;
      found = true;
      of(one);
    }
    return found;
  };
  const auto container = [&](auto& one) {
    visit(string_at(one, "/name"), one, "image", "imagePullPolicy");
  };
  if (!spec.is_object()) return;
  if (each("volumes", is_image_volume, [&](auto& one) {
        visit(string_at(one, "/name"), one["image"], "reference", "pullPolicy");
      }))
    return;
  if (each("initContainers", is_pin, container)) return;
  each(
      "containers", [](const json&) { return true; }, container);
}

bool is_fetch(const json& init_container) {
  const json& arguments = array_at(init_container, "/args");
  return at(init_container, "/command") == json::array({agent_program}) && !arguments.empty() &&
         arguments[0] == fetch_command;
}

bool is_flag(const json& argument) {
  return argument.is_string() && argument.get_ref<const std::string&>().starts_with('-');
}

// The images of its arguments: flags first, then NAME=REFERENCE.
std::vector<HeldImage> images_of_fetch(const json& container) {
  std::vector<HeldImage> list;
  std::set<std::string> not_asked_for;
  constexpr std::string_view flag = if_not_present_flag;
  const json& arguments = array_at(container, "/args");
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (!arguments[i].is_string()) continue;
    const std::string& text = arguments[i].get_ref<const std::string&>();
    const auto equals = text.find('=');
    if (text.starts_with(flag))
      not_asked_for.insert(text.substr(flag.size()));
    else if (!is_flag(arguments[i]) && equals != std::string::npos)
      list.push_back({text.substr(0, equals), text.substr(equals + 1), true});
  }
  for (auto& image : list) image.is_asked_for = !not_asked_for.contains(image.name);
  return list;
}

void ask_only_for(json& fetch, const TemplateRecord& record) {
  json& arguments = fetch["args"];
  json told = json::array({arguments[0]});
  for (const auto& image : images_of_fetch(fetch))
    if (!record.asks_for(image.name)) told.push_back(if_not_present_flag + image.name);
  told.insert(told.end(), arguments.begin() + 1, arguments.end());
  arguments = std::move(told);
}

}  // namespace

const json& fetching_container(const json& spec) {
  static const json none;
  const json& list = array_at(spec, "/initContainers");
  const auto found = std::find_if(list.begin(), list.end(), is_fetch);
  return found == list.end() ? none : *found;
}

bool is_pin(const json& init_container) {
  return at(init_container, "/command") == json::array({sleep_program}) &&
         at(init_container, "/args") == json::array({not_at_all});
}

bool has_image_volumes(const json& spec) {
  const json& volumes = array_at(spec, "/volumes");
  return std::any_of(volumes.begin(), volumes.end(), is_image_volume);
}

// A kubelet pulls all image volumes of a pod in one go, those that are `Always` at each try anew,
// and no more than its registryPullQPS (5, and 10 in a burst) allows: what nodes mostly lack is
// pulled either way, and tried no more when it is there.
void set_pull_policies(json& spec, const TemplateRecord& record) {
  const bool are_ours_asked_for = record.changed == record.refreshed;
  if (!are_ours_asked_for) spec["initContainers"][0]["imagePullPolicy"] = "IfNotPresent";
  for (auto& container : spec["initContainers"]) {
    if (!is_fetch(container)) continue;
    if (!are_ours_asked_for) container["imagePullPolicy"] = "IfNotPresent";
    return ask_only_for(container, record);
  }
  const bool are_volumes = has_image_volumes(spec);
  visit_images(spec, [&](const std::string& name, json& image, const char*, const char* policy) {
    const auto asked = record.images.find(name);
    const bool is_new = asked != record.images.end() && asked->second.is_new;
    if (!record.asks_for(name) || (are_volumes && is_new)) image[policy] = "IfNotPresent";
  });
}

std::vector<HeldImage> held_images(const json& spec) {
  if (const json& fetch = fetching_container(spec); !fetch.is_null() && !has_image_volumes(spec))
    return images_of_fetch(fetch);
  std::vector<HeldImage> list;
  visit_images(
      spec, [&](std::string name, const json& image, const char* reference, const char* policy) {
        const auto text = [&](const char* key) { return string_at(image, std::string("/") + key); };
        list.push_back({std::move(name), text(reference), text(policy) != "IfNotPresent"});
      });
  return list;
}

std::vector<std::string> lost_image_volumes(const json& sent, const json& stored) {
  std::vector<std::string> lost;
  for (const auto& wanted : array_at(sent, "/spec/template/spec/volumes")) {
    if (!is_image_volume(wanted)) continue;
    const json& volumes = array_at(stored, "/spec/template/spec/volumes");
    const bool is_there = std::any_of(volumes.begin(), volumes.end(), [&](const json& one) {
      return is_image_volume(one) && string_at(one, "/name") == string_at(wanted, "/name");
    });
    if (!is_there) lost.push_back(string_at(wanted, "/name"));
  }
  return lost;
}

}  // namespace kip::core
