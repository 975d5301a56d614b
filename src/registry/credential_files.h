// Credentials in files: those that Docker writes, and Secrets that are mounted.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "registry/keyring.h"

namespace kip::registry {

// Adds what a path means: a file (config.json, .dockerconfigjson or .dockercfg), or the folder of a
// mounted Secret with one of the last two; that is empty where there is no such Secret, which is a
// warning, as images that need none are had all the same. Warnings, too, are entries that cannot be
// used. An Error where a file cannot be read. Blocks, as files do.
Status add_credentials(const std::string& path, Keyring& keyring,
                       std::vector<std::string>& warnings);

}  // namespace kip::registry
