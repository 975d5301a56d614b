// Any environment: the settings are there exactly if there is no error, messages are short and can
// be printed, and what was refused alone is refused beside others. The first byte picks the
// variable.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "config/lists.h"
#include "config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::config;
  if (size == 0) return 0;
  const auto& infos = setting_infos();
  const std::string value(reinterpret_cast<const char*>(data + 1), size - 1);
  kip::Environment environment{{"IMAGES", "a=busybox"}, {"DEPLOYMENT_NAME", "puller"}};
  environment[infos[data[0] % infos.size()].name] = value;
  const auto reading = read_settings(environment, "");
  const bool error =
      std::any_of(reading.problems.begin(), reading.problems.end(),
                  [](const Problem& p) { return p.severity == Problem::Severity::error; });
  if (error == reading.settings.has_value()) std::abort();
  for (const auto& problem : reading.problems) {
    if (problem.message.size() > 1000 || problem.message.empty()) std::abort();
    if (kip::find_invalid_utf8(problem.message) != std::string::npos) std::abort();
    for (const unsigned char c : problem.message)
      if (c < 0x20 || c == 0x7F) std::abort();
  }
  if (const auto count = kip::types::NodeCount::parse(value))
    if (*kip::types::NodeCount::parse(count->text()) != *count) std::abort();
  if (const auto secrets = parse_pull_secrets(value)) {
    std::string text = kip::joined(secrets->names, ";");
    for (const auto& secret : secrets->scoped)
      text += ";" + secret.images.text() + "=" + secret.name;
    if (const auto again = parse_pull_secrets(text);
        !again || again->names != secrets->names || again->scoped != secrets->scoped)
      std::abort();
  }
  return 0;
}
