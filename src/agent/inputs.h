// What `fetch` is to do: its files read, and put together.
#pragma once

#include <string>
#include <vector>

#include "agent/fetch.h"
#include "agent/options.h"
#include "base/result.h"
#include "registry/keyring.h"

namespace kip::agent {

struct Inputs {
  std::vector<WantedImage> images;
  // Entries of the list that are no images: the others are pulled, and the result is a failure.
  std::vector<std::string> bad_entries;
  std::vector<std::string> warnings;  // of credentials that cannot be used
};

// The credentials of these files and folders, the first first. A permanent Error where a file
// cannot be read. Blocks, as files do.
Result<registry::Keyring> read_keyring(const std::vector<std::string>& paths,
                                       std::vector<std::string>& warnings);

// A permanent Error where a file cannot be read. Blocks, as files do.
Result<Inputs> read_inputs(const FetchOptions& options);

}  // namespace kip::agent
