// Which images an object of Kubernetes uses: a pod, or what makes pods of a template. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/discovery.h"

namespace kip::discovery {

struct WorkloadKind {
  std::string_view name;         // "Deployment"
  std::string_view api, plural;  // its collection: "/apis/apps/v1", "deployments"
  // Where its objects have the core/v1 PodSpec, or a PodTemplateSpec around it: at() takes it.
  std::string_view pod_spec;
  bool operator==(const WorkloadKind&) const = default;
};

// Pods first: what runs counts for more than what would.
inline constexpr WorkloadKind workload_kinds[] = {
    {"Pod", "/api/v1", "pods", "/spec"},
    {"Deployment", "/apis/apps/v1", "deployments", "/spec/template/spec"},
    {"StatefulSet", "/apis/apps/v1", "statefulsets", "/spec/template/spec"},
    {"DaemonSet", "/apis/apps/v1", "daemonsets", "/spec/template/spec"},
    {"ReplicaSet", "/apis/apps/v1", "replicasets", "/spec/template/spec"},
    {"Job", "/apis/batch/v1", "jobs", "/spec/template/spec"},
    {"CronJob", "/apis/batch/v1", "cronjobs", "/spec/jobTemplate/spec/template/spec"}};

// Kinds that an administrator named, called by their plural. They refer to `resources`.
std::vector<WorkloadKind> kinds_of(const std::vector<config::WorkloadResource>& resources);

// A null value where the object has none.
const json& pod_spec_of(const WorkloadKind& kind, const json& object);

// The references that a PodSpec names, as they are written, each once, in its order: of containers,
// init and ephemeral ones, and image volumes. None of what is no PodSpec.
std::vector<std::string> images_of_pod_spec(const json& pod_spec);

// Whether the object runs its images, or will: not a pod or a Job that has ended, nor a ReplicaSet
// with an owner that wants no pods, as old revisions of a Deployment are.
bool is_in_use(const WorkloadKind& kind, const json& object);

}  // namespace kip::discovery
