// The one declaration of every setting: its name, default, format, help, parser and the member it
// fills. settings.cc reads by it, settings_help.cc writes the documentation from it.
#pragma once

#include <string_view>
#include <vector>

#include "config/settings.h"

namespace kip::config {

// The settings while they are read.
struct Draft {
  Settings settings;
  bool images_strict = false;
  std::vector<Problem> problems;

  void report(Problem::Severity severity, std::string_view setting, const std::string& message);
};

struct Setting {
  SettingInfo info;
  // Parses `value` – trimmed, not empty, well-formed UTF-8 without control characters – into the
  // draft, or reports why not. Null: read elsewhere, declared for the documentation.
  void (*read)(std::string_view value, const SettingInfo& info, Draft& draft) = nullptr;
};

const std::vector<Setting>& settings_table();

}  // namespace kip::config
