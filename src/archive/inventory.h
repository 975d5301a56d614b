// Which archives there are, as the record and the files themselves tell. Blocks, as files do.
#pragma once

#include <vector>

#include "archive/archive_name.h"
#include "archive/folder.h"
#include "archive/record.h"
#include "archive/workshop.h"

namespace kip::archive {

// What the record says, as far as the files are so: what is gone or was replaced by others leaves
// it, and what is ours by its mark, and has the name of a wanted image, comes into it. Links to
// what is gone, and is not wanted, are removed.
Record take_inventory(Record record, const Folder& folder, const std::vector<NamedImage>& images,
                      const BuildSettings& settings);

// Whether an archive that is there is what these settings make of the image, as far as the record
// tells. One that is given by its digest has that.
bool is_of(const Recorded& recorded, const NamedImage& image, const BuildSettings& settings);

}  // namespace kip::archive
