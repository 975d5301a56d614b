// kubernetes-image-puller: the command line.
#include <CLI/CLI.hpp>

#include "base/environment.h"
#include "base/version.h"
#include "cli/commands.h"
#include "config/settings.h"

namespace {

constexpr const char* description =
    "Keeps container images cached on every node of a Kubernetes cluster, by a DaemonSet of "
    "sleeping "
    "containers.\nSettings are environment variables; without a subcommand it runs.";

}  // namespace

int main(int argc, char** argv) {
  using namespace kip;

  if (argc > 1 && std::string_view(argv[1]) == "deploy")
    return cli::deploy(std::vector<std::string>(argv + 2, argv + argc));
  if (argc > 1 && std::string_view(argv[1]) == "publish")
    return cli::publish(std::vector<std::string>(argv + 2, argv + argc), process_environment());
  // As the manifests of kubernetes-warm-images have it, APP says which of its programs is meant.
  if (argc == 1 && value_of(process_environment(), "APP") == "CONTROLLER")
    return cli::publish({}, process_environment());
  if (argc > 1 && std::string_view(argv[1]) == "archive")
    return cli::archive(std::vector<std::string>(argv + 2, argv + argc), process_environment());

  CLI::App app{description, "kubernetes-image-puller"};
  app.set_version_flag("--version", std::string("kubernetes-image-puller ") + version);
  app.footer([] { return "\nSettings:\n" + config::settings_help(); });
  app.require_subcommand(0, 1);
  app.add_subcommand("run", "Run the service (the default)");
  auto* operate = app.add_subcommand(
      "operator", "Work for the KubernetesImagePuller resources of WATCH_NAMESPACE, or of all");
  auto* check =
      app.add_subcommand("check", "Judge the configuration: exit 0, or 78 with every problem");
  auto* render =
      app.add_subcommand("render", "Print the DaemonSet that the configuration asks for");

  auto* release = app.add_subcommand(
      "release",
      "Take the pins of CACHE_MODE=agent away on all nodes, as before an uninstall: exit 0, or 1 "
      "if some may be left");

  // Only listed here: their arguments are in another syntax.
  app.add_subcommand("archive",
                     "Keep images as tar archives in a folder, for nested Docker (archive --help)");
  app.add_subcommand("publish",
                     "Tell agents the images that workloads use, over NATS or in a ConfigMap "
                     "(publish --help)");
  app.add_subcommand("deploy",
                     "Print the objects of a prefetcher, as image-prefetcher's deploy does");

  auto* images = app.add_subcommand(
      "images", "List the images in use in a cluster, with how many pods and nodes use each");
  cli::ImagesOptions of_images;
  bool all_namespaces = false;
  const std::map<std::string, cli::ImagesOutput> image_formats = {
      {"table", cli::ImagesOutput::table},
      {"json", cli::ImagesOutput::json},
      {"yaml", cli::ImagesOutput::yaml},
      {"images", cli::ImagesOutput::images},
      {"list", cli::ImagesOutput::list}};
  auto* in_namespace =
      images->add_option("-n,--namespace", of_images.namespace_name, "Of this namespace alone")
          ->option_text("NAMESPACE");
  images->add_flag("-A,--all-namespaces", all_namespaces, "Of all namespaces (the default)")
      ->excludes(in_namespace);
  images
      ->add_option("--ignore-namespace", of_images.ignored_namespaces,
                   "Not of this namespace; may be given more than once, or with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAMESPACE");
  images->add_option("-l,--selector", of_images.selector, "Only of objects with these labels")
      ->option_text("SELECTOR");
  images
      ->add_option("-o,--output", of_images.output,
                   "table, json, yaml, images (a value for IMAGES) or list (an image a line)")
      ->transform(CLI::CheckedTransformer(image_formats, CLI::ignore_case))
      ->option_text("FORMAT");

  cli::Output output = cli::Output::yaml;
  bool openshift = false;
  const std::map<std::string, cli::Output> formats = {{"yaml", cli::Output::yaml},
                                                      {"json", cli::Output::json}};
  render->add_option("-o,--output", output, "yaml or json")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->option_text("FORMAT");
  render->add_flag("--openshift", openshift, "As on OpenShift: no UID, GID and fsGroup");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);  // prints help, version or the error
    return code == 0 ? 0 : cli::exit_usage;
  }
  const Environment environment = process_environment();
  if (operate->parsed()) return cli::operate(environment);
  if (release->parsed()) return cli::release(environment);
  if (images->parsed()) return cli::images(environment, of_images);
  if (check->parsed()) return cli::check(environment);
  if (render->parsed()) return cli::render(environment, output, openshift);
  return cli::run(environment);
}
