// The one declaration of every setting: its names, default, format, help, readers, checks, and the
// member that it fills. settings.cc reads by it, settings_help.cc writes the documentation from it.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/settings.h"

namespace kip::config {

// The settings while they are read.
struct Draft {
  Settings settings;
  bool is_strict = false;  // an entry that is left out is an error
};

// What was parsed goes into the member; or the problem is why it was not.
template <class Value, class Member>
Problems put(Result<Value> parsed, Member& member) {
  if (!parsed) return {error(parsed.error().message)};
  member = std::move(*parsed);
  return {};
}

// One row. Its functions answer with problems that do not name the setting; who calls them knows
// the name that its writer gave it.
struct Setting {
  SettingInfo info;
  // Reads `text` – trimmed, not empty, well-formed UTF-8 without control characters – into the
  // draft. Null: the text is JSON, for read_json.
  Problems (*read_text)(std::string_view text, Draft& draft) = nullptr;
  // Reads a value with structure, at most max_json_depth deep. Null: there is none. Where both are
  // null, the setting is read elsewhere and declared for the documentation.
  Problems (*read_json)(const json& value, Draft& draft) = nullptr;
  // What is wrong between this setting and others, once all are read.
  Problems (*check)(const Draft& draft) = nullptr;
  // About what it takes in a stored DaemonSet. Null: little.
  std::size_t (*bytes)(const Settings& settings) = nullptr;
  bool default_is_own_namespace = false;
  bool may_hold_secret = false;            // no problem shows a part of it
  const char* warning_if_unset = nullptr;  // null: it may be
};

const std::vector<Setting>& settings_table();

// What a source says of a setting.
struct Given {
  std::string name;             // as its writer knows it: IMAGES, spec.imageList
  std::string text = {};        // empty: the default is taken
  const json* value = nullptr;  // not null: a value with structure, in place of the text. Not owned
  Problems problems = {};       // that the source has with it
};
// Nothing where the source has no such setting.
using Source = std::function<std::optional<Given>(const SettingInfo& info)>;

Reading read_from(const Source& source, const std::string& own_namespace);

}  // namespace kip::config
