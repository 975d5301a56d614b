#include "config/settings.h"

#include <algorithm>

#include "base/text.h"
#include "config/settings_checks.h"
#include "config/settings_table.h"

namespace kip::config {

namespace {

// The first byte that no setting may hold: what is no text, or could not be told from other text
// where it is shown. Line ends and tabs separate, and are taken.
std::string unprintable(std::string_view value) {
  const auto control = std::find_if(value.begin(), value.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
  });
  const auto invalid = find_invalid_utf8(value);
  const auto at = std::min(static_cast<std::size_t>(control - value.begin()), invalid);
  if (at >= value.size()) return {};
  constexpr std::size_t context = 12;  // bytes shown before the bad one
  const auto from = at > context ? at - context : 0;
  return "byte " + std::to_string(at + 1) + ", the last of " +
         quoted(value.substr(from, at - from + 1)) + ", is " +
         (at == invalid ? "no UTF-8" : "a control character") + "; expected plain text";
}

void read_one(const Setting& setting, std::string_view value, Draft& draft) {
  if (auto problem = unprintable(value); !problem.empty())
    return draft.report(Problem::Severity::error, setting.info.name, problem);
  setting.read(value, setting.info, draft);
}

std::size_t row_of(const Problem& problem) {
  const auto& table = settings_table();
  const auto row = std::find_if(table.begin(), table.end(), [&](const Setting& setting) {
    return setting.info.name == problem.setting;
  });
  return static_cast<std::size_t>(row - table.begin());
}

}  // namespace

Reading read_settings(const Environment& environment, const std::string& own_namespace) {
  Draft draft;
  for (const auto& setting : settings_table()) {
    if (setting.read == nullptr) continue;
    const auto& name = setting.info.name;
    const auto found = environment.find(name);
    // A YAML block scalar ends with a line end: what is around a value is not part of it.
    auto value = found == environment.end() ? std::string_view() : trimmed(found->second);
    if (value.empty() && name == "NAMESPACE") value = own_namespace;
    if (value.empty()) value = setting.info.default_value;
    if (!value.empty()) {
      read_one(setting, value, draft);
    } else if (setting.info.required) {
      draft.report(Problem::Severity::error, name,
                   "it is not set; expected " + setting.info.format);
    } else if (name == "DEPLOYMENT_NAME") {
      draft.report(Problem::Severity::warning, name,
                   "it is not set, so the DaemonSet gets no owner and is deleted whenever this "
                   "program ends; expected the Deployment's name");
    }
  }
  check_settings(draft);
  std::stable_sort(draft.problems.begin(), draft.problems.end(),
                   [](const Problem& a, const Problem& b) { return row_of(a) < row_of(b); });
  Reading reading;
  const bool refused = std::any_of(
      draft.problems.begin(), draft.problems.end(),
      [](const Problem& problem) { return problem.severity == Problem::Severity::error; });
  if (!refused) reading.settings = std::move(draft.settings);
  reading.problems = std::move(draft.problems);
  return reading;
}

}  // namespace kip::config
