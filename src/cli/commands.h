// The subcommands. Each returns the process's exit code (sysexits.h): 0, 64 for bad usage, 69 for a
// cluster that does not answer, 77 for one that lets nothing be read, 78 for a configuration that
// cannot be used; deploy has codes of its own.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace kip::cli {

inline constexpr int exit_usage = 64;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_no_permission = 77;
inline constexpr int exit_config = 78;
inline constexpr int exit_left = 1;

// The service. Returns when it is told to stop.
int run(const Environment& environment);

// The operator: works for KubernetesImagePuller resources. Returns when it is told to stop.
int operate(const Environment& environment);

// Judges the configuration: problems on stderr, a summary on stdout. No cluster needed.
int check(const Environment& environment);

enum class Output { yaml, json };

// Prints the DaemonSets that the configuration asks for. No cluster needed, so without owner
// reference, and without the time of the last refresh, so that two runs print the same.
int render(const Environment& environment, Output output, bool openshift);

// Takes the pins of CACHE_MODE=agent away on all nodes: 0, or 1 if some may be left.
int release(const Environment& environment);

// Prints the objects of a prefetcher, as image-prefetcher's deploy does, whose arguments and exit
// codes it has: 0, 1 without a name, 2 for any other argument that is wrong. No cluster needed.
int deploy(const std::vector<std::string>& arguments);

// Has the images of rendered manifests put on the nodes, and waits for that if it is told to: 0, 1
// where an image will not come to a node, 2 where the time is over.
int warm(const std::vector<std::string>& arguments, const Environment& environment);
// Tells agents the images that workloads use, over NATS and in a ConfigMap, until a signal: 0,
// or 78.
int publish(const std::vector<std::string>& arguments, const Environment& environment);

enum class ImagesOutput { table, json, yaml, images, list };

// Of which objects.
struct WorkloadFilter {
  std::string namespace_name = {};  // empty: all
  std::vector<std::string> ignored_namespaces = {};
  std::string selector = {};  // of labels, as kubectl's
};

struct ImagesOptions {
  WorkloadFilter filter = {};
  ImagesOutput output = ImagesOutput::table;
};

// Prints which images the workloads of a cluster use. A kind that may not be listed is a warning on
// stderr; nothing is printed where the list would be cut off.
int images(const Environment& environment, const ImagesOptions& options);

enum class AdviseOutput { table, json, yaml, images };

struct AdviseOptions {
  WorkloadFilter filter = {};  // without a selector
  AdviseOutput output = AdviseOutput::table;
};

// Prints what the list of images was worth by the kubelets' Events, and a proposed one. What may
// not be listed is a warning on stderr.
int advise(const Environment& environment, const AdviseOptions& options);

// Keeps images as tar archives in a folder. Ends as image-puller-agent's fetch does: 0, 1 where an
// image is missing, 78.
int archive(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace kip::cli
