// The one declaration of every flag of `deploy`: name, default, help, reader. options.cc reads by
// it, options_help.cc writes the documentation from it.
#pragma once

#include <vector>

#include "base/flag_table.h"
#include "deploy/options.h"

namespace kip::deploy {

// The options while they are read; what several arguments decide together is still text.
struct Draft {
  DeployOptions options;
  std::string image;    // as written; empty: not given
  std::string version;  // the same
};

using Flag = kip::Flag<Draft>;

const std::vector<Flag>& flag_table();
const Flag* find_flag(std::string_view name);  // null: there is none

}  // namespace kip::deploy
