#include "config/discovery_settings.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "types/dns_name.h"

namespace kip::config {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view white_space = " \t\r\n";
constexpr Duration longest = std::chrono::hours(87'600);  // ten years, as of CACHING_INTERVAL_HOURS
constexpr std::size_t most_images = 700;  // more do not fit into a DaemonSet (settings.cc)
constexpr std::size_t most_kinds = 20;

// Calls `take(entry, number)` for what white space separates, from 1.
template <class Take>
void for_each_word(std::string_view text, Take take) {
  std::size_t start = text.find_first_not_of(white_space);
  for (std::size_t number = 1; start != std::string_view::npos; ++number) {
    const auto end = std::min(text.find_first_of(white_space, start), text.size());
    take(text.substr(start, end - start), number);
    start = text.find_first_not_of(white_space, end);
  }
}

std::string at_entry(std::size_t number, const std::string& problem) {
  return "entry " + std::to_string(number) + ": " + problem;
}

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

// A list in place of a text: the same entries, none of which is more than one word.
Result<std::string> words_of(const json& list) {
  if (!list.is_array()) return permanent(kip::quoted(to_text(list), 60) + "; expected a list");
  std::string words;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string entry = list[i].is_string() ? list[i].get<std::string>() : to_text(list[i]);
    const bool is_word = list[i].is_string() && !entry.empty() &&
                         std::none_of(entry.begin(), entry.end(),
                                      [](unsigned char c) { return c <= ' ' || c == 0x7F; });
    if (!is_word)
      return permanent(at_entry(
          i + 1, kip::quoted(entry, 60) + " is not a text without blanks in it; expected one"));
    words += (words.empty() ? "" : " ") + entry;
  }
  return words;
}

// Reads a list by what reads the same as a text.
template <class ReadText>
Problems read_list(const json& list, Draft& draft, ReadText read_text) {
  const auto words = words_of(list);
  if (!words) return {error(words.error().message)};
  return words->empty() ? Problems{} : read_text(*words, draft);
}

// One that is misspelled would cache what nobody wants: refused, not left out.
Problems read_ignored(std::string_view text, Discovery& discovery) {
  Problems problems;
  for_each_word(text, [&](std::string_view word, std::size_t number) {
    if (auto good = types::check_dns_label(word); good)
      discovery.ignored_namespaces.emplace_back(word);
    else if (problems.empty())
      problems.push_back(error(at_entry(number, "the namespace " + good.error().message)));
  });
  sort_unique(discovery.ignored_namespaces);
  return problems;
}

Problems put_namespaces(std::string_view text, Draft& d) {
  return read_namespaces(text, d.settings.discovery);
}
Problems put_ignored(std::string_view text, Draft& d) {
  return read_ignored(text, d.settings.discovery);
}
Problems put_include(std::string_view text, Draft& d) {
  return put(filter::ImagePatterns::parse(text), d.settings.discovery.include);
}
Problems put_exclude(std::string_view text, Draft& d) {
  return put(filter::ImagePatterns::parse(text), d.settings.discovery.exclude);
}

Problems read_selector(std::string_view text, Discovery& discovery) {
  if (auto good = check_label_selector(text); !good) return {error(good.error().message)};
  discovery.label_selector = text;
  return {};
}

Result<Duration> within(Result<Duration> parsed, std::string_view text, Duration least,
                        Duration most) {
  if (parsed && *parsed >= least && *parsed <= most) return parsed;
  return permanent(kip::quoted(text) + " is not taken; expected a duration such as " +
                   (most == longest ? "7d or 36h" : "30s") + ", from " + to_text(least) + " to " +
                   (most == longest ? "3650d" : to_text(most)));
}

Result<DiscoverPlacement> parse_placement(std::string_view text) {
  if (text == "all") return DiscoverPlacement::all;
  if (text == "matching") return DiscoverPlacement::matching;
  return permanent(kip::quoted(text) + " is not known; expected all or matching");
}

Problems unused(const Draft& d) {
  const Discovery& discovery = d.settings.discovery;
  if (discovery.is_on()) return {};
  return {{Problem::Severity::warning, "",
           "it does nothing, as DISCOVER_NAMESPACES is not set; expected namespaces there, or *"}};
}

// Refused where nothing is left of what was asked for.
Problems check_ignored(const Draft& d) {
  const Discovery& discovery = d.settings.discovery;
  if (discovery.ignored_namespaces.empty()) return {};
  if (!discovery.is_on()) return unused(d);
  if (discovery.all_namespaces ||
      !std::includes(discovery.ignored_namespaces.begin(), discovery.ignored_namespaces.end(),
                     discovery.namespaces.begin(), discovery.namespaces.end()))
    return {};
  return {{Problem::Severity::warning, "",
           "it has all of DISCOVER_NAMESPACES, so that nothing is found; expected at least one "
           "namespace that it does not have"}};
}

constexpr const char* kind_form =
    "expected group/version/plural:path, such as "
    "argoproj.io/v1alpha1/rollouts:.spec.template";

// "/spec/template" of ".spec.template" or itself.
Result<std::string> parse_path(std::string_view text) {
  std::string path(text);
  if (path.starts_with('.')) std::replace(path.begin(), path.end(), '.', '/');
  const bool is_good = path.size() > 1 && path.starts_with('/') && !path.ends_with('/') &&
                       path.find("//") == std::string::npos &&
                       path.find_first_of("~[]*'\"") == std::string::npos;
  if (!is_good)
    return permanent("the path " + kip::quoted(text) +
                     " is not one of fields; expected such as .spec.template");
  return path;
}

Result<WorkloadResource> parse_kind(std::string_view entry) {
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos)
    return permanent(kip::quoted(entry) + " has no \":\"; " + kind_form);
  const std::string resource(entry.substr(0, colon));
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= resource.size();) {
    const auto end = std::min(resource.find('/', start), resource.size());
    parts.push_back(resource.substr(start, end - start));
    start = end + 1;
  }
  const bool is_core = parts.size() == 2 && parts[0] == "v1";
  if (parts.size() != 3 && !is_core)
    return permanent(kip::quoted(resource) + " is not group, version and plural; " + kind_form);
  if (auto good = types::check_dns_subdomain(parts[0]); !good)
    return permanent("the group " + good.error().message + "; " + kind_form);
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (auto good = types::check_dns_label(parts[i]); !good)
      return permanent((i + 1 == parts.size() ? "the plural " : "the version ") +
                       good.error().message + "; " + kind_form);
  auto path = parse_path(entry.substr(colon + 1));
  if (!path) return path.error();
  return WorkloadResource{is_core ? "/api/v1" : "/apis/" + parts[0] + "/" + parts[1], parts.back(),
                          std::move(*path)};
}

}  // namespace

Problems read_namespaces(std::string_view text, Discovery& discovery) {
  Problems problems;
  std::size_t bad = 0;
  for_each_word(text, [&](std::string_view word, std::size_t number) {
    if (word == "*") {
      discovery.all_namespaces = true;
    } else if (auto good = types::check_dns_label(word); !good) {
      if (++bad <= 20)
        problems.push_back({Problem::Severity::left_out, "",
                            at_entry(number, "the namespace " + good.error().message)});
    } else {
      discovery.namespaces.emplace_back(word);
    }
  });
  sort_unique(discovery.namespaces);
  if (discovery.all_namespaces) discovery.namespaces.clear();
  if (!discovery.is_on() && !problems.empty()) problems.front().severity = Problem::Severity::error;
  return problems;
}

Result<std::vector<WorkloadResource>> parse_kinds(std::string_view text) {
  std::vector<WorkloadResource> kinds;
  std::optional<Error> refused;
  for_each_word(text, [&](std::string_view word, std::size_t number) {
    if (refused) return;
    auto kind = parse_kind(word);
    if (!kind)
      refused = permanent(at_entry(number, kind.error().message));
    else if (std::any_of(kinds.begin(), kinds.end(), [&](const auto& other) {
               return other.api == kind->api && other.plural == kind->plural;
             }))
      refused = permanent(at_entry(number, kip::quoted(word) + " names a kind for the second time; "
                                                               "expected each once"));
    else if (kinds.size() == most_kinds)
      refused = permanent(at_entry(number, "expected at most " + std::to_string(most_kinds)));
    else
      kinds.push_back(std::move(*kind));
  });
  if (refused) return *std::move(refused);
  return kinds;
}

Result<Duration> parse_days(std::string_view text) {
  if (!text.ends_with('d')) return parse_go_duration(text);
  const auto digits = text.substr(0, text.size() - 1);
  int days = 0;
  const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), days);
  if (failed != std::errc() || stop != digits.data() + digits.size() || days < 0 || days > 100'000)
    return permanent(kip::quoted(text) + " is not a number of days");
  return Duration(std::chrono::hours(24) * days);
}

Result<Duration> parse_forget_after(std::string_view text) {
  return within(parse_days(text), text, 1s, longest);
}

Result<std::size_t> parse_image_count(std::string_view text) {
  std::size_t count = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || stop != text.data() + text.size() || count < 1 ||
      count > most_images)
    return permanent(kip::quoted(text) + " is not a number of images; expected 1 to " +
                     std::to_string(most_images));
  return count;
}

std::vector<Setting> discovery_settings() {
  return {
      {.info = {.name = "DISCOVER_NAMESPACES",
                .chart_value = "configMap.discoverNamespaces",
                .structured_field = "discoverNamespaces",
                .format = "names with spaces between, or *",
                .help = "The namespaces whose workloads' images are kept, too; * is all. Without "
                        "it, nothing is discovered."},
       .read_text = put_namespaces,
       .read_json = [](const json& list, Draft& d) { return read_list(list, d, put_namespaces); }},
      {.info = {.name = "DISCOVER_IGNORE_NAMESPACES",
                .chart_value = "configMap.discoverIgnoreNamespaces",
                .structured_field = "discoverIgnoreNamespaces",
                .format = "names with spaces between",
                .help = "Namespaces whose workloads are passed by, also where "
                        "DISCOVER_NAMESPACES has them."},
       .read_text = put_ignored,
       .read_json = [](const json& list, Draft& d) { return read_list(list, d, put_ignored); },
       .check = check_ignored},
      {.info = {.name = "DISCOVER_SELECTOR",
                .chart_value = "configMap.discoverSelector",
                .field = "discoverSelector",
                .format = "label selector",
                .help = "Only workloads and pods with such labels count, as of kubectl get -l."},
       .read_text = [](std::string_view text,
                       Draft& d) { return read_selector(text, d.settings.discovery); },
       .check =
           [](const Draft& d) {
             return d.settings.discovery.label_selector.empty() ? Problems{} : unused(d);
           }},
      {.info = {.name = "DISCOVER_INCLUDE",
                .chart_value = "configMap.discoverInclude",
                .structured_field = "discoverInclude",
                .format = "images, contains:, prefix: and regex: with spaces between",
                .help = "Only images that one of these is for are taken."},
       .read_text = put_include,
       .read_json = [](const json& list, Draft& d) { return read_list(list, d, put_include); },
       .check =
           [](const Draft& d) {
             return d.settings.discovery.include.is_empty() ? Problems{} : unused(d);
           }},
      {.info = {.name = "DISCOVER_EXCLUDE",
                .chart_value = "configMap.discoverExclude",
                .structured_field = "discoverExclude",
                .format = "images, contains:, prefix: and regex: with spaces between",
                .help = "Images that one of these is for are not taken."},
       .read_text = put_exclude,
       .read_json = [](const json& list, Draft& d) { return read_list(list, d, put_exclude); },
       .check =
           [](const Draft& d) {
             return d.settings.discovery.exclude.is_empty() ? Problems{} : unused(d);
           }},
      {.info = {.name = "DISCOVER_RULE",
                .chart_value = "configMap.discoverRule",
                .field = "discoverRule",
                .format = "expression",
                .help = "Only images of workloads for which this holds are taken, such as "
                        "kind == \"Deployment\" && !(tag endsWith \"-dev\")."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(filter::Rule::parse(text), d.settings.discovery.rule);
           },
       .check = [](const Draft& d) { return d.settings.discovery.rule ? unused(d) : Problems{}; }},
      {.info = {.name = "DISCOVER_KINDS",
                .chart_value = "configMap.discoverKinds",
                .format = "group/version/plural:path with spaces between",
                .help = "Kinds beside those of Kubernetes, and the path to the pod template or "
                        "pod spec in their objects."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_kinds(text), d.settings.discovery.kinds); },
       .check =
           [](const Draft& d) {
             return d.settings.discovery.kinds.empty() ? Problems{} : unused(d);
           }},
      {.info = {.name = "DISCOVER_FORGET_AFTER",
                .chart_value = "configMap.discoverForgetAfter",
                .field = "discoverForgetAfter",
                .default_value = "7d",
                .format = "duration, also 7d",
                .help = "How long an image is kept after the last workload with it is gone."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_forget_after(text), d.settings.discovery.forget_after);
           }},
      {.info = {.name = "DISCOVER_MAX_IMAGES",
                .chart_value = "configMap.discoverMaxImages",
                .field = "discoverMaxImages",
                .default_value = "50",
                .format = "number of images, 1 to 700",
                .help = "How many discovered images are kept at most: those of most pods; the log "
                        "names what is left out."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_image_count(text), d.settings.discovery.max_images);
           }},
      {.info = {.name = "DISCOVER_GATHER",
                .chart_value = "configMap.discoverGather",
                .field = "discoverGather",
                .default_value = "30s",
                .format = "duration",
                .help = "How long changes are gathered into one; a workload that is rolling out "
                        "does not wait."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(within(parse_go_duration(text), text, 0s, 1h), d.settings.discovery.gather);
           }},
      {.info = {.name = "DISCOVER_PLACEMENT",
                .chart_value = "configMap.discoverPlacement",
                .field = "discoverPlacement",
                .default_value = "all",
                .format = "all or matching",
                .help = "Whether what was discovered goes to all nodes of the settings, or only to "
                        "those where its workloads may run."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_placement(text), d.settings.discovery.placement);
           }},
  };
}

}  // namespace kip::config
