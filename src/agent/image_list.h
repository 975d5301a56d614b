// The list of images that a file and the command line ask for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "types/image_reference.h"

namespace kip::agent {

struct ImageList {
  std::vector<types::ImageReference> images;  // each once, in their order
  std::unordered_set<std::string> names;      // their full ones
  // One for each entry that is no reference: where it stands, what was there, what was expected.
  std::vector<std::string> problems;
};

// Adds the lines of a file: one reference a line, without spaces around it; empty lines and those
// that begin with `#` are none. A byte order mark and CRLF are taken. `origin` names the file.
void add_lines(ImageList& list, std::string_view text, const std::string& origin);

// Adds the arguments of a command line.
void add_arguments(ImageList& list, const std::vector<std::string>& arguments);

}  // namespace kip::agent
