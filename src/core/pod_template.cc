#include "core/pod_template.h"

#include <algorithm>

#include "base/text.h"
#include "config/images.h"
#include "core/groups.h"
#include "core/names.h"
#include "core/pins.h"

namespace kip::core {

namespace {

using config::CacheMode;

constexpr int unprivileged_id = 65532;  // "nonroot" of the images that people build on
constexpr const char* sleep_folder = "/kip";
constexpr const char* images_folder = "/images/";
constexpr const char* runtime_folder = "/run/runtime";
constexpr const char* secrets_folder = "/pull-secrets/";
constexpr const char* done_file = "/kip/fetched";
constexpr const char* for_long = "720h";

// The environment of an image acts although its code does not run: hooks of the container runtime
// read it. With these values they do as for an image that says nothing
// (docs/design/cache-modes.md). That of Gaudi has no such value: it takes any for a wish.
constexpr struct {
  const char *name, *value;
} hooks_off[] = {{"NVIDIA_VISIBLE_DEVICES", "void"},
                 {"AMD_VISIBLE_DEVICES", "void"},
                 {"ASCEND_VISIBLE_DEVICES", ""}};

// Resident 10 MiB, measured; runc and the connection to the runtime need some more for a moment.
constexpr const char* least_memory_limit_of_fetch = "64Mi";

// The kubelet has no limit on a pull. An image of 10 GB comes through 25 Mbit/s in an hour, and a
// large layer is unpacked in one of these attempts; where that is not enough the kubelet starts the
// container anew, and it goes on with what is there. One that does not move at all containerd ends
// after 5 minutes by itself. Of an image that is missing each node is to tell soon, which it does
// after three attempts with ten times the delay between.
constexpr const char* patience_of_fetch[] = {
    "--initial-pull-attempt-timeout=10m", "--max-pull-attempt-timeout=30m", "--overall-timeout=1h",
    "--initial-pull-attempt-delay=300ms"};

// As the API server stores them, so that what it holds can be compared with what we want.
json resources(const config::Resources& r) {
  return {
      {"requests", {{"memory", r.memory_request.stored()}, {"cpu", r.cpu_request.stored()}}},
      {"limits", {{"memory", r.memory_limit.stored()}, {"cpu", r.cpu_limit.stored()}}},
  };
}

// The request is that of the container that stays, so that the pod costs a node no more than that.
config::Resources resources_of_fetch(config::Resources resources) {
  const types::Quantity least = *types::Quantity::parse(least_memory_limit_of_fetch);
  if (resources.memory_limit.compare(least) < 0) resources.memory_limit = least;
  return resources;
}

// The runtime's socket is root's. Where SELinux rules, no other type than this may connect to it;
// it means nothing elsewhere.
json fetch_security_context() {
  return {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"runAsUser", 0},
          {"runAsGroup", 0},
          {"capabilities", {{"drop", json::array({"ALL"})}}},
          {"seLinuxOptions", {{"type", "spc_t"}}}};
}

json container_security_context(const Facts& facts) {
  json context = {{"allowPrivilegeEscalation", false},
                  {"readOnlyRootFilesystem", true},
                  {"runAsNonRoot", true},
                  {"capabilities", {{"drop", json::array({"ALL"})}}}};
  if (!facts.is_openshift) {
    context["runAsUser"] = unprivileged_id;
    context["runAsGroup"] = unprivileged_id;
  }
  return context;
}

// `base`, or with a number behind it where an image has that name.
std::string free_name(const std::string& base, const config::Settings& settings) {
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(settings.images.begin(), settings.images.end(),
                       [&](const auto& image) { return image.name == name; });
  };
  std::string name = base;
  for (int i = 1; is_taken(name); ++i) name = base + "-" + std::to_string(i);
  return name;
}

// Makes the parts of one spec.
struct Maker {
  const config::Settings& settings;
  const Facts& facts;
  const std::vector<std::string>& last;
  std::string sleep_volume =
      settings.cache_mode == CacheMode::volume ? free_name("kip", settings) : "kip";

  bool is_last(const config::CachedImage& image) const {
    return std::find(last.begin(), last.end(), image.name) != last.end();
  }

  std::vector<const config::CachedImage*> images() const {
    std::vector<const config::CachedImage*> list;
    for (const auto& image : settings.images) list.push_back(&image);
    std::stable_partition(list.begin(), list.end(),
                          [&](const auto* one) { return !is_last(*one); });
    return list;
  }

  json container(const std::string& name, const std::string& image) const {
    return {{"name", name},
            {"image", image},
            {"imagePullPolicy", "Always"},
            {"resources", resources(settings.resources)},
            {"securityContext", container_security_context(facts)},
            {"volumeMounts", json::array({{{"name", sleep_volume}, {"mountPath", sleep_folder}}})}};
  }

  json sleeping(const std::string& name, const std::string& image, const char* how_long) const {
    json one = container(name, image);
    one["command"] = json::array({sleep_program});
    one["args"] = json::array({how_long});
    return one;
  }

  // That runs in an image of the settings.
  json cached(const config::CachedImage& image, const char* how_long) const {
    json one = sleeping(image.name, image.reference.text, how_long);
    for (const auto& variable : hooks_off)
      one["env"].push_back({{"name", variable.name}, {"value", variable.value}});
    return one;
  }

  json install_command() const {
    if (!settings.kip_install_command.empty()) return settings.kip_install_command;
    if (is_foreign_kip_image(settings, facts))
      return json::array({"/bin/sh", "-c", "cp /bin/sleep /kip/sleep"});
    return json::array({"/bin/sleep", "--install", "/kip/sleep"});
  }

  json copy_sleep() const {
    json init = container(std::string(config::init_container_name), kip_image(settings, facts));
    init["command"] = install_command();
    return init;
  }

  // The one that keeps the pod, where those of the images do not. The init container before it
  // asked for the image.
  json sleeper() const {
    json one = sleeping(free_name("sleep", settings), kip_image(settings, facts), for_long);
    one["imagePullPolicy"] = "IfNotPresent";
    return one;
  }

  // Root, with the runtime's socket; still without arguments.
  json agent(const std::string& name) const {
    json one = container(name, agent_image(settings, facts));
    one["resources"] = resources(resources_of_fetch(settings.resources));
    one["securityContext"] = fetch_security_context();
    const config::RuntimeSocket socket = runtime_socket(settings, facts);
    json runtime = {{"name", "runtime"}, {"mountPath", runtime_folder}, {"readOnly", true}};
    if (!socket.sub_folder.empty()) {
      runtime["subPathExpr"] = socket.sub_folder;
      one["env"] =
          json::array({{{"name", "NODE_NAME"},
                        {"valueFrom",
                         {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "spec.nodeName"}}}}}}});
    }
    one["volumeMounts"].push_back(std::move(runtime));
    one["command"] = json::array({agent_program});
    return one;
  }

  std::string socket_flag() const {
    return std::string("--cri-socket=") + runtime_folder + "/" +
           runtime_socket(settings, facts).name;
  }

  json socket_volume() const {
    // No type: where there is no such folder, the agent says so in its own words.
    return {{"name", "runtime"},
            {"hostPath", {{"path", runtime_socket(settings, facts).folder}, {"type", ""}}}};
  }

  json release(const std::string& instance) const {
    json one = agent("release");
    one["imagePullPolicy"] = "IfNotPresent";
    one["args"] = json::array({release_command, "--instance=" + instance, socket_flag()});
    return one;
  }

  json fetch() const {
    json one = agent(free_name("fetch", settings));
    const std::string instance = pins_instance(settings.namespace_name, settings.daemonset_name);
    json arguments = json::array({fetch_command, "--pin", "--instance=" + instance, socket_flag(),
                                  std::string("--done-file=") + done_file});
    for (const char* flag : patience_of_fetch) arguments.push_back(flag);
    for (const auto& secret : pull_secrets(settings, facts)) {
      const std::string folder = secrets_folder + secret;
      one["volumeMounts"].push_back(
          {{"name", volume_of_secret(secret)}, {"mountPath", folder}, {"readOnly", true}});
      arguments.push_back("--docker-config=" + folder);
    }
    for (const auto* image : images())
      arguments.push_back(image->name + "=" + image->reference.text);
    one["args"] = std::move(arguments);
    return one;
  }

  // Names of Secrets may be longer than those of volumes, and have dots.
  static std::string volume_of_secret(const std::string& secret) {
    return "secret-" + checksum(secret);
  }

  static json mount_of(const config::CachedImage& image) {
    return {{"name", image.name}, {"mountPath", images_folder + image.name}, {"readOnly", true}};
  }

  json volumes() const {
    return json::array({{{"name", sleep_volume}, {"emptyDir", {{"sizeLimit", "50Mi"}}}}});
  }

  void put_images(json& spec) const {
    json init = json::array({copy_sleep()}), containers = json::array(), held = volumes();
    switch (settings.cache_mode) {
      case CacheMode::sleep:
        for (const auto* image : images())
          if (!is_last(*image)) containers.push_back(cached(*image, for_long));
        if (containers.empty()) containers.push_back(sleeper());
        break;
      case CacheMode::pin:
        for (const auto* image : images()) init.push_back(cached(*image, not_at_all));
        containers.push_back(sleeper());
        break;
      case CacheMode::volume:
        containers.push_back(sleeper());
        for (const auto* image : images()) {
          held.push_back(
              {{"name", image->name},
               {"image", {{"reference", image->reference.text}, {"pullPolicy", "Always"}}}});
          containers[0]["volumeMounts"].push_back(mount_of(*image));
          // A container waits for all its volumes. The init container, which has ended by then,
          // keeps those that are not last.
          if (!last.empty() && !is_last(*image))
            init[0]["volumeMounts"].push_back(mount_of(*image));
        }
        break;
      case CacheMode::agent:
        init.push_back(fetch());
        containers.push_back(sleeper());
        held.push_back(socket_volume());
        for (const auto& secret : pull_secrets(settings, facts))
          held.push_back(
              {{"name", volume_of_secret(secret)},
               {"secret", {{"secretName", secret}, {"optional", true}, {"defaultMode", 0644}}}});
        break;
    }
    spec["initContainers"] = std::move(init);
    spec["containers"] = std::move(containers);
    spec["volumes"] = std::move(held);
  }
};

json pod_security_context(const Facts& facts) {
  json context = {{"seccompProfile", {{"type", "RuntimeDefault"}}}};
  if (!facts.is_openshift) context["fsGroup"] = unprivileged_id;
  return context;
}

// All but what runs in it and is mounted.
json pod_around(const config::Settings& settings, const Facts& facts) {
  json spec = {
      {"securityContext", pod_security_context(facts)},
      {"terminationGracePeriodSeconds", 1},
      // The pods only sleep: no token to steal, no list of Services in their environment.
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
  };
  if (!settings.node_selector.empty()) spec["nodeSelector"] = settings.node_selector;
  if (!settings.affinity.empty()) spec["affinity"] = settings.affinity;
  if (!settings.tolerations.empty()) spec["tolerations"] = settings.tolerations;
  if (!settings.priority_class_name.empty())
    spec["priorityClassName"] = settings.priority_class_name;
  for (const auto& secret : pull_secrets(settings, facts))
    spec["imagePullSecrets"].push_back({{"name", secret}});
  return spec;
}

}  // namespace

json pod_spec(const config::Settings& settings, const Facts& facts,
              const std::vector<std::string>& last) {
  json spec = pod_around(settings, facts);
  Maker{settings, facts, last}.put_images(spec);
  return spec;
}

json releasing_pod_spec(config::Settings settings, const Facts& facts,
                        const std::string& instance) {
  settings.images.clear();  // whose names would be in the way
  settings.cache_mode = CacheMode::agent;
  const std::vector<std::string> none;
  const Maker maker{settings, facts, none};
  json spec = pod_around(settings, facts);
  spec["initContainers"] = json::array({maker.copy_sleep(), maker.release(instance)});
  spec["containers"] = json::array({maker.sleeper()});
  spec["volumes"] = maker.volumes();
  spec["volumes"].push_back(maker.socket_volume());
  return spec;
}

}  // namespace kip::core
