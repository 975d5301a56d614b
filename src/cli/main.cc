// kubernetes-image-puller: the command line.
#include <map>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/environment.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/commands.h"
#include "config/settings.h"

namespace {

constexpr const char* description =
    "Keeps container images cached on every node of a Kubernetes cluster, by a DaemonSet of "
    "sleeping "
    "containers.\nSettings are environment variables; without a subcommand it runs.";

// The flags that say of which namespaces.
void add_filter(CLI::App& command, kip::cli::WorkloadFilter& filter) {
  auto* one =
      command.add_option("-n,--namespace", filter.namespace_name, "Of this namespace alone")
          ->option_text("NAMESPACE");
  command.add_flag("-A,--all-namespaces")
      ->description("Of all namespaces (the default)")
      ->excludes(one);
  command
      .add_option("--ignore-namespace", filter.ignored_namespaces,
                  "Not of this namespace; may be given more than once, or with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAMESPACE");
}

// Takes one of these names, in any case. CLI11's own check would speak of our enumerators' numbers,
// and take them.
template <class Form>
CLI::Validator one_of(std::map<std::string, Form> forms, const std::string& expected) {
  return CLI::Validator(
      [forms = std::move(forms), expected](std::string& text) {
        const auto found = forms.find(CLI::detail::to_lower(text));
        if (found == forms.end()) return kip::quoted(text) + " is not known; expected " + expected;
        text = std::to_string(static_cast<int>(found->second));
        return std::string();
      },
      "");
}

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

  if (argc > 1 && std::string_view(argv[1]) == "warm")
    return cli::warm(std::vector<std::string>(argv + 2, argv + argc), process_environment());

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

  app.add_subcommand("warm",
                     "Put the images of rendered manifests on the nodes before they are applied "
                     "(warm --help)");

  auto* images = app.add_subcommand(
      "images", "List the images in use in a cluster, with how many pods and nodes use each");
  cli::ImagesOptions of_images;
  const std::map<std::string, cli::ImagesOutput> image_formats = {
      {"table", cli::ImagesOutput::table},
      {"json", cli::ImagesOutput::json},
      {"yaml", cli::ImagesOutput::yaml},
      {"images", cli::ImagesOutput::images},
      {"list", cli::ImagesOutput::list}};
  add_filter(*images, of_images.filter);
  images
      ->add_option("-l,--selector", of_images.filter.selector, "Only of objects with these labels")
      ->option_text("SELECTOR");
  images
      ->add_option("-o,--output", of_images.output,
                   "table, json, yaml, images (a value for IMAGES) or list (an image a line)")
      ->transform(one_of(image_formats, "table, json, yaml, images or list"))
      ->type_name("FORMAT");

  auto* advise = app.add_subcommand(
      "advise", "Say what the list of images was worth by the kubelets' Events, and propose one");
  cli::AdviseOptions of_advise;
  const std::map<std::string, cli::AdviseOutput> advise_formats = {
      {"table", cli::AdviseOutput::table},
      {"json", cli::AdviseOutput::json},
      {"yaml", cli::AdviseOutput::yaml},
      {"images", cli::AdviseOutput::images}};
  add_filter(*advise, of_advise.filter);
  advise
      ->add_option("-o,--output", of_advise.output,
                   "table, json, yaml or images (the proposed value for IMAGES)")
      ->transform(one_of(advise_formats, "table, json, yaml or images"))
      ->type_name("FORMAT");

  cli::Output output = cli::Output::yaml;
  bool openshift = false;
  const std::map<std::string, cli::Output> formats = {{"yaml", cli::Output::yaml},
                                                      {"json", cli::Output::json}};
  render->add_option("-o,--output", output, "yaml or json")
      ->transform(one_of(formats, "yaml or json"))
      ->type_name("FORMAT");
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
  if (advise->parsed()) return cli::advise(environment, of_advise);
  if (check->parsed()) return cli::check(environment);
  if (render->parsed()) return cli::render(environment, output, openshift);
  return cli::run(environment);
}
