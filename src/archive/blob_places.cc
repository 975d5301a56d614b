#include "archive/blob_places.h"

#include <utility>

#include "archive/tar.h"
#include "base/text.h"

namespace kip::archive {

void BlobPlaces::add_archive(const Folder& folder, const std::string& file) {
  const auto opened = folder.read(file);
  if (!opened) return;
  const auto entries = tar_entries(opened->fd());
  if (!entries) return;
  for (const auto& entry : *entries) {
    const auto parts = split(entry.path, '/');
    if (parts.size() != 3 || parts[0] != "blobs") continue;
    if (const auto digest = types::parse_digest(parts[1] + ":" + parts[2]))
      add(*digest, {file, entry.offset, entry.size});
  }
}

void BlobPlaces::add(const types::Digest& digest, Place place) {
  places_.emplace(digest.text(), std::move(place));
}

void BlobPlaces::forget(const std::string& file) {
  std::erase_if(places_, [&](const auto& entry) { return entry.second.file == file; });
}

void BlobPlaces::renamed(const std::string& from, const std::string& to) {
  forget(to);
  for (auto& [digest, place] : places_)
    if (place.file == from) place.file = to;
}

std::optional<BlobPlaces::Place> BlobPlaces::find(const types::Digest& digest) const {
  const auto found = places_.find(digest.text());
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace kip::archive
