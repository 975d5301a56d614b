// A command line in the syntax of Go's package flag: -x, --x, -x=v, --x v, up to the first argument
// that is no flag, or behind "--". Pure; any thread may call it.
// Source: https://pkg.go.dev/flag#hdr-Command_line_flag_syntax
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kip {

enum class FlagKind {
  text,    // with a value: the rest of the argument, or the next one
  toggle,  // without one, or with =true or =false in any of Go's spellings
};

enum class FlagOrder {
  first,  // up to the first argument that is no flag
  any,    // also behind others, up to "--", as https://pkg.go.dev/github.com/spf13/pflag has it
};

struct GivenFlag {
  std::string name;   // without dashes
  std::string value;  // of a toggle without a value: "true"
};

struct Arguments {
  std::vector<GivenFlag> flags;  // known ones, in their order
  std::vector<std::string> positionals;
  bool wants_help = false;  // -h or --help
  // Each says which argument, what was there, and what is expected.
  std::vector<std::string> problems;
  // False: behind an unknown flag nobody knows whether an argument is its value or a positional.
  bool knows_positionals = true;
};

// `kind_of` knows the flags; nothing for those that there are not.
Arguments parse_go_flags(const std::vector<std::string>& arguments,
                         const std::function<std::optional<FlagKind>(std::string_view)>& kind_of,
                         FlagOrder order = FlagOrder::first);

// strconv.ParseBool
Result<bool> parse_go_bool(std::string_view text);

}  // namespace kip
