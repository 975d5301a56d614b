// The one declaration of every flag of `deploy`: name, default, help, reader. options.cc reads by
// it, options_help.cc writes the documentation from it.
#pragma once

#include <vector>

#include "base/go_flags.h"
#include "base/result.h"
#include "deploy/options.h"

namespace kip::deploy {

// The options while they are read; what several arguments decide together is still text.
struct Draft {
  DeployOptions options;
  std::string image;    // as written; empty: not given
  std::string version;  // the same
};

struct Flag {
  const char* name;
  const char* value;          // what is expected, for the documentation; empty: it is a toggle
  const char* default_value;  // for the documentation; empty: none
  const char* help;
  // Reads the value that stands behind it. The error does not name the flag.
  Status (*read)(const std::string& text, Draft& draft);

  FlagKind kind() const { return value[0] == '\0' ? FlagKind::toggle : FlagKind::text; }
};

const std::vector<Flag>& flag_table();
const Flag* find_flag(std::string_view name);  // null: there is none

}  // namespace kip::deploy
