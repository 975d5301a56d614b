// Whether an archive is whole, as its own words have it.
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "archive/tar.h"
#include "archive/testing/image_server.h"

namespace kip::archive {

inline std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// Whether each blob is what its name says, and what manifest.json names is there.
inline bool is_whole(const std::filesystem::path& path) {
  const std::string bytes = text_of(path);
  const int fd = open(path.c_str(), O_RDONLY);
  const auto entries = tar_entries(fd);
  close(fd);
  if (!entries) return false;
  std::set<std::string> names;
  std::string manifest;
  for (const auto& entry : *entries) {
    const std::string body = bytes.substr(entry.offset, entry.size);
    names.insert(entry.path);
    if (entry.path == "manifest.json") manifest = body;
    if (entry.path.starts_with("blobs/") &&
        entry.path != "blobs/sha256/" + digest_of(body).substr(sizeof "sha256:" - 1))
      return false;
  }
  const json images = parse_json(manifest);
  for (const json& layer : array_at(images, "/0/Layers"))
    if (!names.contains(layer.get<std::string>())) return false;
  return names.contains("index.json") && names.contains("oci-layout");
}

}  // namespace kip::archive
