#include "config/settings.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "config/images.h"
#include "config/json_value.h"
#include "config/settings_table.h"

namespace kip::config {

namespace {

// The first byte that no setting may hold: what is no text, or could not be told from other text
// where it is shown. Line ends and tabs separate, and are taken.
std::string unprintable(std::string_view value, bool may_hold_secret) {
  const auto control = std::find_if(value.begin(), value.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
  });
  const auto invalid = find_invalid_utf8(value);
  const auto at = std::min(static_cast<std::size_t>(control - value.begin()), invalid);
  if (at >= value.size()) return {};
  constexpr std::size_t context = 12;  // bytes shown before the bad one
  const auto from = at > context ? at - context : 0;
  const std::string where =
      may_hold_secret ? "" : "the last of " + kip::quoted(value.substr(from, at - from + 1)) + ", ";
  return "byte " + std::to_string(at + 1) + ", " + where + "is " +
         (at == invalid ? "not UTF-8" : "a control character") + "; expected plain text";
}

Problems read_text(const Setting& setting, std::string_view text, Draft& draft) {
  if (auto problem = unprintable(text, setting.may_hold_secret); !problem.empty())
    return {error(std::move(problem))};
  if (setting.read_text != nullptr) return setting.read_text(text, draft);
  const auto value = parse_json_text(text);
  if (!value) return {error(value.error().message)};
  return setting.read_json(*value, draft);
}

Problems read_one(const Setting& setting, const std::optional<Given>& given,
                  const std::string& own_namespace, Draft& draft) {
  if (given && given->value != nullptr) {
    if (is_deeper(*given->value, max_json_depth)) return {error(too_deep())};
    return setting.read_json(*given->value, draft);
  }
  // A YAML block scalar ends with a line end: what is around a value is not part of it.
  std::string_view text = given ? trimmed(given->text) : std::string_view();
  if (text.empty() && setting.default_is_own_namespace) text = own_namespace;
  if (text.empty()) text = setting.info.default_value;
  if (!text.empty()) return read_text(setting, text, draft);
  if (given && setting.warning_if_unset != nullptr)
    return {{Problem::Severity::warning, "", setting.warning_if_unset}};
  return {};
}

// What is known of a row of the table: the name that its writer gave it, and what is wrong with it.
struct Read {
  std::string name;
  Problems problems;
  bool is_unset = false;

  void add(Problems more) {
    for (auto& problem : more) {
      problem.setting = name;
      problems.push_back(std::move(problem));
    }
  }
};

void check_size(const Settings& settings, std::vector<Read>& reads) {
  const auto& table = settings_table();
  std::vector<std::size_t> bytes(table.size());
  std::transform(table.begin(), table.end(), bytes.begin(), [&](const Setting& setting) {
    return setting.bytes != nullptr ? setting.bytes(settings) : 0;
  });
  const auto total = std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
  if (total <= max_daemonset_bytes) return;
  const auto largest = std::max_element(bytes.begin(), bytes.end());
  const auto kib = [](std::size_t count) { return std::to_string(count / 1024) + " KiB"; };
  reads[static_cast<std::size_t>(largest - bytes.begin())].add(
      {error("the DaemonSet would take about " + kib(total) + ", of which this setting " +
             kib(*largest) + "; expected at most " + kib(max_daemonset_bytes) +
             ", as Kubernetes stores no object above 1.5 MiB")});
}

}  // namespace

bool has_image_sources(const Settings& settings) {
  return settings.release_gate || settings.discovery.is_on() || settings.nats.is_on();
}

Problem error(std::string message) { return {Problem::Severity::error, "", std::move(message)}; }

Reading read_from(const Source& source, const std::string& own_namespace) {
  const auto& table = settings_table();
  Draft draft;
  std::vector<Read> reads(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].read_text == nullptr && table[i].read_json == nullptr) continue;
    const auto given = source(table[i].info);
    reads[i].name = given ? given->name : table[i].info.name;
    if (given) reads[i].add(given->problems);
    reads[i].is_unset = !given || (given->value == nullptr && trimmed(given->text).empty());
    reads[i].add(read_one(table[i], given, own_namespace, draft));
  }
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].info.required && reads[i].is_unset && !has_image_sources(draft.settings))
      reads[i].add({error("it is not set; expected " + table[i].info.format)});
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].check != nullptr) reads[i].add(table[i].check(draft));
  check_size(draft.settings, reads);
  Reading reading;
  const bool is_strict =
      draft.is_strict || (draft.settings.images.empty() && !has_image_sources(draft.settings));
  bool refused = false;
  for (auto& read : reads)
    for (auto& problem : read.problems) {
      if (is_strict && problem.severity == Problem::Severity::left_out)
        problem.severity = Problem::Severity::error;
      refused = refused || problem.severity == Problem::Severity::error;
      reading.problems.push_back(std::move(problem));
    }
  if (!refused) reading.settings = std::move(draft.settings);
  return reading;
}

Reading read_settings(const Environment& environment, const std::string& own_namespace) {
  const auto variable = [&](const SettingInfo& info) -> std::optional<Given> {
    const auto found = environment.find(info.name);
    return Given{.name = info.name, .text = found == environment.end() ? "" : found->second};
  };
  return read_from(variable, own_namespace);
}

}  // namespace kip::config
