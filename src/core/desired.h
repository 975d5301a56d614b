// The DaemonSet that settings ask for: environment → Settings → this. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/template_record.h"
#include "types/node_count.h"

namespace kip::core {

struct OwnerReference {  // the Deployment that we are a pod of, or the custom resource that we work
                         // for
  std::string name;
  std::string uid;
  std::string api_version = "apps/v1";
  std::string kind = "Deployment";
  bool operator==(const OwnerReference&) const = default;
};

json owner_json(const OwnerReference& owner);

// What runs as root on nodes with CACHE_MODE=agent, as our own Deployment has it under `env`.
struct AgentFacts {
  std::optional<types::ImageReference> image;
  std::optional<config::RuntimeSocket> runtime_socket;
  bool operator==(const AgentFacts&) const = default;
};

// What is known of the place we run in.
struct Facts {
  bool is_openshift = false;            // its SCC assigns UIDs and GIDs, so we set none
  std::optional<OwnerReference> owner;  // absent: the DaemonSet gets no owner reference
  std::string own_image;                // of our Deployment's container; empty: unknown
  // Nobody but who may write the Deployment is to say what is root on nodes, so that this counts
  // and AGENT_IMAGE and RUNTIME_SOCKET of the settings do not, which may be of a ConfigMap. Absent:
  // they count, as they are of nothing of that kind.
  std::optional<AgentFacts> agent = std::nullopt;
  bool operator==(const Facts&) const = default;
};

// The whole DaemonSet (apps/v1), without status, quantities in the form that the API server writes.
// Its pods hold each image in the way of CACHE_MODE (pod_template.h). `record` goes on it and on
// its pod template, with a checksum of what else is in that; `max_surge` into the update strategy.
json desired_daemonset(const config::Settings& settings, const Facts& facts, TemplateRecord record,
                       const types::NodeCount& max_surge);

// Its parts that are cheap to look at; the metadata without the record.
json desired_metadata(const config::Settings& settings, const Facts& facts);
json desired_selector();

// The image that the init container takes sleep from.
std::string kip_image(const config::Settings& settings, const Facts& facts);

// The image that pulls on nodes with CACHE_MODE=agent: beside our own, of the same tag, where that
// has the name that we give it.
std::string agent_image(const config::Settings& settings, const Facts& facts);
config::RuntimeSocket runtime_socket(const config::Settings& settings, const Facts& facts);
// True if AGENT_IMAGE or RUNTIME_SOCKET of the settings do not count (Facts::agent).
bool is_agent_overruled(const config::Settings& settings, const Facts& facts);

// True if KIP_IMAGE is of another repository than our own image, and so is taken for an image of
// the Go version, which has a shell and a sleep that cannot install itself.
bool is_foreign_kip_image(const config::Settings& settings, const Facts& facts);

}  // namespace kip::core
