// Which layers an image has for one platform, as its index and manifest say. Pure but for the
// interface, which belongs to the loop.
// Source: OCI image specification, "Image Index" and "Image Manifest"; Docker's are the same here.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "loop/scheduler.h"
#include "registry/credentials.h"
#include "registry/failure.h"
#include "types/image_reference.h"
#include "types/platform.h"

namespace kip::registry {

struct Layer {
  std::string digest = {};
  std::uint64_t bytes = 0;    // as it is downloaded
  bool is_compressed = true;  // by gzip or zstd
  bool operator==(const Layer&) const = default;
};

// What one document says.
struct ManifestContent {
  std::string manifest = {};       // of an index: the digest of the platform's; "" else
  std::vector<Layer> layers = {};  // of a manifest, each once
  bool operator==(const ManifestContent&) const = default;
};

// `body`: an index or a manifest of schema 2. The Error ends the sentence that begins "the answer".
Result<ManifestContent, std::string> read_manifest_content(const std::string& body,
                                                           const types::Platform& platform);

// Who can say which layers an image has: the Client, and a fake of it in tests.
class LayerSource {
 public:
  using OnLayers = std::function<void(Result<std::vector<Layer>, Failure>)>;

  virtual ~LayerSource() = default;

  // As Resolver::resolve. One or two GETs of manifests.
  [[nodiscard]] virtual HandlePtr layers(const types::ImageReference& image,
                                         std::vector<Credentials> credentials,
                                         const types::Platform& platform, OnLayers done) = 0;
};

}  // namespace kip::registry
