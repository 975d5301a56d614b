// What earlier runs in one pod got: a file in a folder that goes with the pod, one reference a
// line. A run that is started anew does not ask for these again. Blocks, as files do.
#pragma once

#include <string>
#include <vector>

#include "agent/result.h"

namespace kip::agent {

// References. None where there is no such file, or `path` is empty.
std::vector<std::string> read_done_file(const std::string& path);

// Adds what did not fail. False if it cannot be written.
bool add_to_done_file(const std::string& path, const std::vector<ImageResult>& results);

}  // namespace kip::agent
