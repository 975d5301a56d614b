// The list of images that a file and the command line ask for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "types/image_reference.h"

namespace kip::agent {

struct ImageList {
  // Each once, in their order, but for those with a name.
  std::vector<types::ImageReference> images;
  std::vector<std::string> names;              // one for each of them; empty: it has none
  std::unordered_set<std::string> full_names;  // of the references
  // One for each entry that is no reference: where it stands, what was there, what was expected.
  std::vector<std::string> problems;
};

// Adds the lines of a file: one reference a line, without spaces around it; empty lines and those
// that begin with `#` are none. A byte order mark and CRLF are taken. `origin` names the file.
void add_lines(ImageList& list, std::string_view text, const std::string& origin);

// Adds the arguments of a command line: REFERENCE, or NAME=REFERENCE. One with a name has a place
// of its own also where its image is there already, so that results are found by their places.
void add_arguments(ImageList& list, const std::vector<std::string>& arguments);

}  // namespace kip::agent
