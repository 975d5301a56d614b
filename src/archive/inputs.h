// What a check is about: the list of images and the pull secrets, read from their files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/fetch.h"
#include "archive/archive_name.h"
#include "archive/options.h"
#include "base/environment.h"
#include "base/result.h"

namespace kip::archive {

struct Inputs {
  std::vector<NamedImage> images;
  std::vector<agent::WantedImage> wanted;  // the same, in the same order, with credentials
  // Entries that are no images, and such as have another's file: the result is a failure.
  std::vector<std::string> bad_entries;
  std::vector<std::string> warnings;  // of credentials that cannot be used
};

// Arguments, then IMAGES, then the file. IMAGES has entries with `;` or white space between, each a
// reference or name=reference. A permanent Error where a file cannot be read. Blocks, as files do.
Result<Inputs> read_inputs(const Options& options, const Environment& environment);

}  // namespace kip::archive
