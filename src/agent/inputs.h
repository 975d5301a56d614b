// What `fetch` is to do: its files read, and put together.
#pragma once

#include <string>
#include <vector>

#include "agent/fetch.h"
#include "agent/options.h"
#include "base/result.h"

namespace kip::agent {

struct Inputs {
  std::vector<WantedImage> images;
  // Entries of the list that are no images: the others are pulled, and the result is a failure.
  std::vector<std::string> bad_entries;
  std::vector<std::string> warnings;  // of credentials that cannot be used
};

// A permanent Error where a file cannot be read. Blocks, as files do.
Result<Inputs> read_inputs(const FetchOptions& options);

}  // namespace kip::agent
