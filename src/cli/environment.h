// The one place that reads the process's environment.
#pragma once

#include "config/settings.h"

namespace kip::cli {

config::Environment process_environment();

}  // namespace kip::cli
