#include "registry/layers.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "types/digest.h"

namespace kip::registry {

namespace {

// What builders add beside images (attestations) has the platform "unknown".
int fitness_of(const json& entry, const types::Platform& wanted) {
  return types::fitness(
      {string_at(entry, "/platform/os"), string_at(entry, "/platform/architecture"),
       string_at(entry, "/platform/variant")},
      wanted);
}

std::optional<Layer> read_layer(const json& entry) {
  const auto digest = types::parse_digest(string_at(entry, "/digest"));
  const auto bytes = int_at(entry, "/size");
  if (!digest || bytes < 0) return std::nullopt;
  const auto type = string_at(entry, "/mediaType");
  return Layer{digest->text(), static_cast<std::uint64_t>(bytes), !type.ends_with("tar")};
}

}  // namespace

Result<ManifestContent, std::string> read_manifest_content(const std::string& body,
                                                           const types::Platform& platform) {
  const json root = parse_json(body);
  ManifestContent content;
  if (has(root, "/manifests")) {
    int best = 0;
    for (const auto& entry : array_at(root, "/manifests"))
      if (const int fits = fitness_of(entry, platform); fits > best) {
        best = fits;
        content.manifest = string_at(entry, "/digest");
      }
    if (!types::parse_digest(content.manifest)) return "names no manifest for " + platform.text();
    return content;
  }
  if (!has(root, "/layers")) return std::string("names neither manifests nor layers");
  for (const auto& entry : array_at(root, "/layers")) {
    const auto layer = read_layer(entry);
    if (!layer) return "names a layer that cannot be read: " + quoted(to_text(entry), 200);
    if (std::find(content.layers.begin(), content.layers.end(), *layer) == content.layers.end())
      content.layers.push_back(*layer);
  }
  return content;
}

}  // namespace kip::registry
