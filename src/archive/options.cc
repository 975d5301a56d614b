#include "archive/options.h"

#include <algorithm>

#include "base/flag_table.h"
#include "base/text.h"
#include "types/quantity.h"

namespace kip::archive {

namespace {

using namespace std::chrono_literals;

// What an hour's work does not bring is tried again at the next pass, and goes on there.
constexpr Duration default_overall = 1h;
// Days: of a hundred years, and so a number of milliseconds.
constexpr int longest_age = 36500;

Status read_some_text(const std::string& text, std::string& out) {
  if (text.empty()) return permanent("it is empty");
  out = text;
  return Done{};
}

// A path that is no place of its own: what is pruned and written is to be in a folder of images.
Status read_path(const std::string& text, Options& options) {
  const auto parts = split(text, '/');
  const bool goes_up = std::find(parts.begin(), parts.end(), "..") != parts.end();
  if (!text.starts_with('/') || parts.empty() || goes_up)
    return permanent(kip::quoted(text) +
                     "; expected an absolute path other than /, without \"..\"");
  options.path = text;
  return Done{};
}

Status read_age(const std::string& text, Options& options) {
  const auto days = whole_number(text, -longest_age, longest_age);
  if (!days)
    return permanent(kip::quoted(text) +
                     "; expected a whole number of days: 0 asks always, less never");
  options.settings.age_limit = std::nullopt;
  if (*days >= 0) options.settings.age_limit = 24h * *days;
  return Done{};
}

Status read_format(const std::string& text, Options& options) {
  for (const Format format : {Format::docker_archive, Format::oci_archive})
    if (text == to_text(format)) {
      options.settings.format = format;
      return Done{};
    }
  return permanent(kip::quoted(text) + " is not known; expected docker-archive or oci-archive");
}

Status read_platform(const std::string& text, Options& options) {
  auto platform = types::parse_platform(text);
  if (!platform) return platform.error();
  options.settings.platform = *std::move(platform);
  return Done{};
}

Status read_limit(const std::string& text, Options& options) {
  const auto quantity = types::Quantity::parse(text);
  if (!quantity) return quantity.error();
  if (quantity->sign() <= 0 || !quantity->is_whole())
    return permanent(kip::quoted(text) + "; expected whole bytes, such as \"50Gi\"");
  options.settings.disk_limit = static_cast<std::uint64_t>(quantity->whole_units());
  return Done{};
}

constexpr Flag<Options> flags[] = {
    {"path", "FOLDER", "", "Where archives are written. Needed.", read_path},
    {"image-list-file", "PATH", "",
     "A file with one image on each line; empty lines and those that begin with # are none.",
     [](const std::string& t, Options& o) { return read_some_text(t, o.image_list_file); }},
    {"format", "docker-archive|oci-archive", "docker-archive",
     "What `docker save` writes, with an OCI layout in it; or an OCI layout alone, in files whose "
     "names have no folders.",
     read_format},
    {"max-age", "DAYS", "7",
     "How old an archive is before its registry is asked whether its image moved. 0: at each "
     "check; "
     "less: never.",
     read_age},
    {"check-interval", "DURATION", "24h", "Time between two checks of the whole list.",
     [](const std::string& t, Options& o) { return read_duration(t, o.check_interval); }},
    {"once", "", "false", "Check once, and end.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.once); }},
    {"rebuild", "", "false", "Build archives that are old enough anew, also if nothing moved.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.settings.is_rebuilt); }},
    {"platform", "OS/ARCHITECTURE[/VARIANT]", "that of the machine", "Which image of an index.",
     read_platform},
    {"pull-secret", "PATH", "",
     "A config.json, .dockerconfigjson or .dockercfg with credentials, or the folder of a mounted "
     "Secret with one of them. May be given several times.",
     [](const std::string& t, Options& o) {
       return read_some_text(t, o.pull_secrets.emplace_back());
     }},
    {"disk-limit", "SIZE", "",
     "What all archives may take together, with those that are being written or were left "
     "unfinished: 50Gi. What would be more is not written.",
     read_limit},
    {"prune", "", "false",
     "Remove archives that were written here and have left the list, after a check without "
     "failures, or where there is no space.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.prunes); }},
    {"parallelism", "N", "4", "Images at once.",
     [](const std::string& t, Options& o) { return read_parallelism(t, o.limits.parallelism); }},
    {"overall-timeout", "DURATION", "1h",
     "Of a check, shared fairly by its images. What is not there by then has failed, and goes on "
     "at "
     "the next.",
     [](const std::string& t, Options& o) { return read_duration(t, o.limits.overall); }},
    {"report", "PATH", "/dev/termination-log, if it is there",
     "Where --once leaves the results in a short form, of at most 4,096 bytes.",
     [](const std::string& t, Options& o) { return read_some_text(t, o.report); }},
    {"ready", "", "false",
     "Only say whether a check of this list ended within the last two intervals: exit 0 or 1. For "
     "probes.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.asks_if_ready); }},
    {"debug", "", "false", "Say more.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.debug); }},
};

constexpr FlagTable<Options> table{flags};

Options defaults(const std::string& machine) {
  Options options;
  options.check_interval = 24h;
  options.settings.platform = types::platform_of_machine(machine);
  options.settings.age_limit = 24h * 7;
  options.limits.overall = default_overall;
  return options;
}

}  // namespace

Reading read_options(const std::vector<std::string>& arguments, const std::string& machine) {
  Arguments given = table.parse(arguments);
  Reading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  Options options = defaults(machine);
  table.read(given, options);
  const bool has_path = std::any_of(given.flags.begin(), given.flags.end(),
                                    [](const auto& flag) { return flag.name == "path"; });
  if (!has_path) given.problems.emplace_back("--path is missing; expected a folder for archives");
  for (const auto& image : given.positionals)
    if (given.knows_positionals && image.size() > 1 && image[0] == '-')
      given.problems.push_back(kip::quoted(image) +
                               " stands behind an image; expected flags first");
  reading.problems = std::move(given.problems);
  options.images = std::move(given.positionals);
  if (reading.problems.empty()) reading.options = std::move(options);
  return reading;
}

std::string markdown() { return table.markdown(); }

std::string help() {
  return "Usage: kubernetes-image-puller archive --path FOLDER [flags] [IMAGE...]\n\n"
         "Keeps each image as a tar archive in a folder, for nested Docker. Images are those of "
         "the "
         "arguments, of IMAGES and of --image-list-file; INSECURE_REGISTRIES, REGISTRY_CA_FILE, "
         "HTTPS_PROXY and NO_PROXY are as for the service. Exit 0: all are there; 1: one is "
         "missing; "
         "78: a wrong setting, or no image is left of the list.\n\nFlags:\n" +
         table.help();
}

}  // namespace kip::archive
