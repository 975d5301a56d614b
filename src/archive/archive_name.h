// Which file an image is in. Pure.
//
// <user>/<image>_<tag>.tar: the last two parts of the name as it was written, and its tag. A domain
// with a port is left out, and with a tag there is no digest in it.
#pragma once

#include <string>
#include <vector>

#include "types/image_reference.h"

namespace kip::archive {

enum class Format {
  docker_archive,  // what `docker save` writes: manifest.json beside an OCI layout
  oci_archive,     // an OCI layout alone. All in one folder: "/" of the name becomes "_"
};

// "docker-archive", "oci-archive".
const char* to_text(Format format);

struct ArchiveName {
  std::string file;  // below the folder: "selenium/x_1.tar"
  // The name that the image-preloader chart before ours gave it, which cuts a reference at every
  // colon; empty where that is the same.
  std::string old_file;
  std::string repo_tag;   // "selenium/x:1", as it was written; empty: a digest is all there is
  std::string full_name;  // "docker.io/selenium/x:1"; empty as above
  std::string tag;        // "1"; empty as above
  bool operator==(const ArchiveName&) const = default;
};

ArchiveName archive_name(const types::ImageReference& image, Format format);

struct NamedImage {
  types::ImageReference image;
  ArchiveName name;
};

struct NamedImages {
  std::vector<NamedImage> images;  // in their order, no two with the same file
  // Why the others are not in it: of two images for one file the first has it, and both are named;
  // and what no file can be called.
  std::vector<std::string> refused;
};

// Also takes an old_file away that is another image's file or old_file, or that no file can have.
NamedImages name_all(const std::vector<types::ImageReference>& images, Format format);

}  // namespace kip::archive
