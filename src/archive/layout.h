// What is in an archive, in which order. Pure: the same image gives the same bytes.
//
// Blobs of an OCI image layout (the configuration, then the layers, the lowest first, each once),
// then its small documents. Docker's manifest.json names the same blobs.
// Sources: OCI image specification, image-layout.md; `docker save` of Docker 25 and later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_name.h"
#include "archive/image_manifest.h"

namespace kip::archive {

struct ArchivedBlob {
  types::Digest digest;  // of what is in the archive
  std::uint64_t size;    // of it, in bytes; of a zstd layer not known before it is unpacked
  Descriptor source;     // what the registry has
  Packing packing = Packing::plain;
  // Layers of zstd are unpacked: Docker 20.10 knows no zstd, and how gzip packs depends on who does
  // it. Others are as the registry has them.
  bool is_unpacked() const { return packing == Packing::zstd; }
  std::string path() const;  // "blobs/sha256/0f3c…"
};

struct Contents {
  Descriptor source;  // of the platform's manifest, as the registry has it
  std::string body;   // of it
  ImageManifest manifest;
  ImageConfig config;
  std::vector<ArchivedBlob> blobs;  // in their order
};

Contents contents_of(Descriptor source, std::string body, ImageManifest manifest,
                     ImageConfig config);

struct Document {
  std::string path, body;
};

// The last entries: needs the size of every blob.
std::vector<Document> documents_of(const Contents& contents, const ArchiveName& name,
                                   Format format);

// What an archive of ours holds, in one line that its index.json has: format, digest of the
// manifest in the registry, name. The same mark means the same bytes.
std::string mark_of(const types::Digest& manifest, const ArchiveName& name, Format format);
// The digest of the manifest in a mark, as text; empty where it has none.
std::string manifest_of(std::string_view mark);

struct Marked {
  std::string mark;
  types::Platform platform;  // as the image's configuration has it
};
// What an index.json says; nothing where it is none of ours.
std::optional<Marked> find_mark(std::string_view index_json);

// Of a whole archive with entries of these sizes, in bytes.
std::uint64_t tar_size(const std::vector<std::uint64_t>& sizes);

}  // namespace kip::archive
