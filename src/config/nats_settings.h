// The rows NATS_… of the settings table. Pure.
#pragma once

#include <vector>

#include "config/settings_table.h"

namespace kip::config {

// Without credentials beside those of the URL: they are in files (controller/nats_subscription.h),
// whose paths are no settings, as who may edit the ConfigMap could else have any file sent to a
// server of his own.
std::vector<Setting> nats_settings();

}  // namespace kip::config
