#include "deploy/flag_table.h"

#include "base/text.h"
#include "types/dns_name.h"

namespace kip::deploy {

namespace {

// More images at once than any node has; a typing error above that.
constexpr int max_parallelism = 1000;

template <class T>
struct Choice {
  const char* text;
  T value;
};

template <class T, std::size_t n>
Status choose(const std::string& text, const Choice<T> (&choices)[n], T& out) {
  std::string expected;
  for (const auto& choice : choices) {
    if (text == choice.text) {
      out = choice.value;
      return Done{};
    }
    const bool is_last = &choice == &choices[n - 1];
    expected += (expected.empty() ? "" : is_last ? " or " : ", ") + std::string(choice.text);
  }
  return permanent(quoted(text) + " is not known; expected " + expected);
}

constexpr Choice<Flavor> flavors[] = {{"vanilla", Flavor::vanilla}, {"ocp", Flavor::ocp}};
constexpr Choice<CredentialIntegration> integrations[] = {
    {"GKE", CredentialIntegration::gke},
    {"OCP-GCR", CredentialIntegration::ocp_gcr},
    {"OCP-ECR", CredentialIntegration::ocp_ecr},
    {"OCP-ACR", CredentialIntegration::ocp_acr}};
constexpr Choice<const char*> service_types[] = {
    {"ClusterIP", "ClusterIP"}, {"LoadBalancer", "LoadBalancer"}, {"NodePort", "NodePort"}};

Status toggle(const std::string& text, bool& out, bool if_true = true) {
  bool value = false;
  auto status = read_toggle(text, value);
  if (status) out = value == if_true;
  return status;
}

Status name_or_nothing(const std::string& text, Status (*check)(std::string_view),
                       std::string& out) {
  out = text;
  return text.empty() ? Done{} : check(text);
}

Status read_version(const std::string& text, Draft& draft) {
  draft.version = text;
  return Done{};
}
Status read_image(const std::string& text, Draft& draft) {
  draft.image = text;
  return Done{};
}
Status read_namespace(const std::string& text, Draft& draft) {
  return name_or_nothing(text, types::check_dns_label, draft.options.namespace_name);
}
Status read_secret(const std::string& text, Draft& draft) {
  return name_or_nothing(text, types::check_dns_subdomain, draft.options.secret);
}
Status read_flavor(const std::string& text, Draft& draft) {
  return choose(text, flavors, draft.options.flavor);
}
Status read_integration(const std::string& text, Draft& draft) {
  draft.options.integration = CredentialIntegration::none;
  return text.empty() ? Done{} : choose(text, integrations, draft.options.integration);
}
Status read_collect_metrics(const std::string& text, Draft& draft) {
  return toggle(text, draft.options.collect_metrics);
}
Status read_service_type(const std::string& text, Draft& draft) {
  const char* type = "";
  auto chosen = choose(text, service_types, type);
  draft.options.service_type = type;
  return chosen;
}
Status read_no_node_labels(const std::string& text, Draft& draft) {
  return toggle(text, draft.options.node_labels, false);
}
Status read_parallelism(const std::string& text, Draft& draft) {
  const auto number = whole_number(text, 1, max_parallelism);
  if (!number)
    return permanent(quoted(text) + " is no number of images; expected 1 to " +
                     std::to_string(max_parallelism));
  draft.options.parallelism = *number;
  return Done{};
}
Status read_best_effort(const std::string& text, Draft& draft) {
  return toggle(text, draft.options.best_effort);
}
Status read_pin(const std::string& text, Draft& draft) { return toggle(text, draft.options.pin); }

}  // namespace

const std::vector<Flag>& flag_table() {
  static const std::vector<Flag> table = {
      {"version", "TAG", default_tag,
       "Tag of the agent's image. A Go pseudo-version means the tag sha- with its commit.",
       read_version},
      {"image", "REFERENCE", default_repository,
       "The agent's image. With a tag or a digest it is taken as it stands, without one --version "
       "is its tag.",
       read_image},
      {"namespace", "NAMESPACE", "",
       "Namespace of the objects. Without it none is written, so that kubectl -n decides; rights "
       "to label nodes then are those of the namespace default.",
       read_namespace},
      {"k8s-flavor", "vanilla|ocp", "vanilla",
       "The cluster: any Kubernetes with containerd, or OpenShift.", read_flavor},
      {"secret", "SECRET", "",
       "Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg, in the same "
       "namespace, to pull with.",
       read_secret},
      {"collect-metrics", "", "",
       "Also a Deployment and a Service NAME-metrics, which collect how each pull went.",
       read_collect_metrics},
      {"metrics-service-type", "ClusterIP|LoadBalancer|NodePort", "ClusterIP",
       "Type of that Service.", read_service_type},
      {"use-kubelet-image-credential-integration", "GKE|OCP-GCR|OCP-ECR|OCP-ACR", "",
       "Pull with the credential-provider plugins that the kubelets of this platform have. The "
       "image's tag then ends in -distro, for what such a plugin may need of a system.",
       read_integration},
      {"no-node-labels", "", "",
       "Do not label nodes, and have no rights to. Kubernetes before 1.30 needs it.",
       read_no_node_labels},
      {"parallelism", "COUNT", "", "Images that a node pulls at once, if not the agent's default.",
       read_parallelism},
      {"best-effort", "", "", "Pods become Ready although an image is missing.", read_best_effort},
      {"pin", "", "",
       "Have containerd keep the images of the list, so that the kubelet does not collect them. "
       "Release them before the instance is deleted.",
       read_pin},
  };
  return table;
}

const Flag* find_flag(std::string_view name) {
  for (const auto& flag : flag_table())
    if (name == flag.name) return &flag;
  return nullptr;
}

}  // namespace kip::deploy
