// Where on this disk blobs are: in archives of ours, also in such that are not whole. Belongs to
// the loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "archive/folder.h"
#include "types/digest.h"

namespace kip::archive {

class BlobPlaces {
 public:
  struct Place {
    std::string file;  // for Folder::read
    std::uint64_t offset = 0, size = 0;
  };

  // What the headers of an archive say; whether it is so has to be checked when it is read.
  void add_archive(const Folder& folder, const std::string& file);
  void add(const types::Digest& digest, Place place);
  // Of a file that is gone, or another one now.
  void forget(const std::string& file);
  void renamed(const std::string& from, const std::string& to);

  std::optional<Place> find(const types::Digest& digest) const;

 private:
  std::multimap<std::string, Place> places_;  // by the digest
};

}  // namespace kip::archive
