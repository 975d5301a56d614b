// The flags of one command, each with its words for people and how its value is read; and readers
// of common kinds of values, whose errors do not name the flag. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/go_flags.h"
#include "base/result.h"
#include "base/time.h"

namespace kip {

// Any text, also an empty one.
Status read_text(const std::string& text, std::string& out);
// One more, of a flag that may be given several times; an empty one is none.
Status add_text(const std::string& text, std::vector<std::string>& out);
Status read_toggle(const std::string& text, bool& out);
// Of more than 0, in Go's form: "1h30m".
Status read_duration(const std::string& text, Duration& out);
// Nothing: it is none, or less or more than that.
std::optional<int> whole_number(std::string_view text, int least, int most);
Status read_whole_number(const std::string& text, int least, int most, int& out);
// Of a command that takes nothing but flags.
void refuse_positionals(Arguments& given);
// Images at once: more than any node pulls, or list has, is a typing error.
Status read_parallelism(const std::string& text, std::size_t& out);

template <class Options>
struct Flag {
  const char* name;
  const char* value;          // what is expected, for people; empty: it is a toggle
  const char* default_value;  // the same; empty: none
  const char* help;
  Status (*read)(const std::string& text, Options& options);

  FlagKind kind() const { return value[0] == '\0' ? FlagKind::toggle : FlagKind::text; }
};

// One flag of --help, and its row in a table of the documentation.
std::string flag_help(std::string_view name, std::string_view value, std::string_view default_value,
                      std::string_view help);
std::string flag_row(std::string_view name, std::string_view value, std::string_view default_value,
                     std::string_view help);
extern const char* const flag_rows_begin;  // the head of such a table

template <class Options>
class FlagTable {
 public:
  // The flags outlive it.
  constexpr explicit FlagTable(std::span<const Flag<Options>> flags) : flags_(flags) {}

  // Null: there is none.
  const Flag<Options>* find(std::string_view name) const {
    const auto found = std::find_if(flags_.begin(), flags_.end(),
                                    [&](const auto& flag) { return name == flag.name; });
    return found == flags_.end() ? nullptr : &*found;
  }

  Arguments parse(const std::vector<std::string>& arguments,
                  FlagOrder order = FlagOrder::first) const {
    return parse_go_flags(
        arguments,
        [this](std::string_view name) {
          const auto* flag = find(name);
          return flag == nullptr ? std::nullopt : std::optional(flag->kind());
        },
        order);
  }

  // The values into the options, in their order; what is wrong with them comes to the problems.
  void read(Arguments& given, Options& options) const {
    for (const auto& flag : given.flags)
      if (const auto status = find(flag.name)->read(flag.value, options); !status)
        given.problems.push_back("--" + flag.name + ": " + status.error().message);
  }

  std::string help() const {
    std::string text;
    for (const auto& flag : flags_)
      text += flag_help(flag.name, flag.value, flag.default_value, flag.help);
    return text;
  }

  std::string markdown() const {
    std::string text = flag_rows_begin;
    for (const auto& flag : flags_)
      text += flag_row(flag.name, flag.value, flag.default_value, flag.help);
    return text;
  }

 private:
  std::span<const Flag<Options>> flags_;
};

}  // namespace kip
