// What a registry's manifests and configurations say of an image. Pure: texts of others.
// Source: OCI image specification, manifest.md, image-index.md and config.md; Docker's "Image
// Manifest Version 2, Schema 2" differs in names of types only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "types/digest.h"
#include "types/platform.h"

namespace kip::archive {

struct Descriptor {
  types::Digest digest;    // sha256, as archives have no other
  std::uint64_t size = 0;  // bytes
  std::string media_type = {};
};

bool is_index_type(std::string_view media_type);

// The manifests, and indexes in it, where an image for the platform may be, the likeliest first.
// The Error ends the sentence that begins "the index".
Result<std::vector<Descriptor>, std::string> candidates(std::string_view index,
                                                        const types::Platform& wanted);

enum class Packing { plain, gzip, zstd };

struct Layer {
  Descriptor blob;
  Packing packing = Packing::plain;
};

struct ImageManifest {
  std::string media_type;
  Descriptor config;
  std::vector<Layer> layers;  // the lowest first
};

// The Error ends the sentence that begins "the manifest": also for what is no container image, and
// for layers that registries do not distribute.
Result<ImageManifest, std::string> parse_image_manifest(std::string_view manifest,
                                                        const std::string& media_type);

struct ImageConfig {
  types::Platform platform;
  std::vector<types::Digest> diff_ids;  // of the layers, unpacked; in their order
};

// What in the layers is not as the configuration says, as far as can be told before they are
// fetched: archives of such an image would not load. Ends the sentence that begins "the
// configuration"; nothing: all fits.
std::optional<std::string> mismatch(const ImageManifest& manifest, const ImageConfig& config);

// The Error ends the sentence that begins "the configuration".
Result<ImageConfig, std::string> parse_image_config(std::string_view config, std::size_t layers);

}  // namespace kip::archive
