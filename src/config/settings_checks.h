// Rules that concern more than one setting, or a value that Kubernetes takes and nodes do not.
#pragma once

#include "config/settings_table.h"

namespace kip::config {

// Reports into the draft what is wrong between its settings. A setting with an error is empty in
// the draft and is passed over.
void check_settings(Draft& draft);

// The size that the DaemonSet is refused above. etcd stores 1.5 MiB in one object; what the API
// server and other writers add to it (managedFields of others, status) needs room too.
constexpr std::size_t max_daemonset_bytes = 1'048'576;

}  // namespace kip::config
