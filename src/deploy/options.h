// What `kubernetes-image-puller deploy` is told: the arguments of image-prefetcher's `deploy`, in
// both of its forms, and flags of our own. Pure; any thread may call it.
//
//   [flags] NAME
//   [flags] NAME VERSION vanilla|ocp [SECRET]
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kip::deploy {

enum class Flavor { vanilla, ocp };

// Whose kubelets' credential-provider plugins give the credentials for pulls.
enum class CredentialIntegration { none, gke, ocp_gcr, ocp_ecr, ocp_acr };

struct DeployOptions {
  std::string name;                        // a DNS-1123 label
  std::string image;                       // full reference of the agent's
  std::string namespace_name;              // empty: none in the objects
  std::string secret;                      // empty: none
  std::string service_type = "ClusterIP";  // of the Service of the metrics
  Flavor flavor = Flavor::vanilla;
  CredentialIntegration integration = CredentialIntegration::none;
  bool collect_metrics = false;
  bool node_labels = true;
  bool best_effort = false;
  bool pin = false;
  int parallelism = 0;  // images at once; 0: the agent's default
};

// Where the agent's image is, and which tag of it is taken when none is given.
inline constexpr const char* default_repository = "quay.io/eclipse/image-puller-agent";
inline constexpr const char* default_tag = "next";

struct OptionsReading {
  std::optional<DeployOptions> options;  // nothing: there are problems, or help is wanted
  bool wants_help = false;
  // All of them. Each says which argument, what was there, and what is expected.
  std::vector<std::string> problems;
  bool only_name_is_missing = false;  // image-prefetcher ends with a code of its own then
};

OptionsReading read_options(const std::vector<std::string>& arguments);

// For --help, and for the pages.
std::string options_help();
std::string options_markdown();

}  // namespace kip::deploy
