#include "archive/image_manifest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace kip::archive {

namespace {

// More than the 127 layers that runtimes take, and the entries that any index has.
constexpr std::size_t most_entries = 1000;
// No registry has a blob of 8 EiB; sums of sizes are to stay numbers.
constexpr std::uint64_t largest_blob = std::uint64_t{1} << 50;

// Paths of blobs with longer hashes do not fit into the header of a tar entry, and neither Docker
// nor containerd knows such images.
std::optional<types::Digest> parse_sha256(const std::string& text) {
  auto digest = types::parse_digest(text);
  if (digest && digest->algorithm() != "sha256") return std::nullopt;
  return digest;
}

std::optional<Descriptor> parse_descriptor(const json& value) {
  auto digest = parse_sha256(string_at(value, "/digest"));
  const json& size = at(value, "/size");
  if (!digest || !size.is_number_unsigned() || size.get<std::uint64_t>() > largest_blob)
    return std::nullopt;
  return Descriptor{*std::move(digest), size.get<std::uint64_t>(), string_at(value, "/mediaType")};
}

types::Platform platform_at(const json& value, const std::string& path) {
  return {string_at(value, path + "/os"), string_at(value, path + "/architecture"),
          string_at(value, path + "/variant")};
}

std::optional<Packing> packing_of(const std::string& type) {
  if (type == "application/vnd.oci.image.layer.v1.tar" ||
      type == "application/vnd.docker.image.rootfs.diff.tar")
    return Packing::plain;
  if (type == "application/vnd.oci.image.layer.v1.tar+gzip" ||
      type == "application/vnd.docker.image.rootfs.diff.tar.gzip")
    return Packing::gzip;
  if (type == "application/vnd.oci.image.layer.v1.tar+zstd" ||
      type == "application/vnd.docker.image.rootfs.diff.tar.zstd")
    return Packing::zstd;
  return std::nullopt;
}

bool is_config_type(const std::string& type) {
  return type == "application/vnd.oci.image.config.v1+json" ||
         type == "application/vnd.docker.container.image.v1+json";
}

std::string refused_layer(std::size_t place, const std::string& type) {
  const bool is_foreign = type.find("foreign") != std::string::npos ||
                          type.find("nondistributable") != std::string::npos;
  return "has a layer " + std::to_string(place + 1) + " of the type " + kip::quoted(type) +
         (is_foreign ? ", which registries do not distribute"
                     : "; expected plain, gzip or zstd tar");
}

}  // namespace

bool is_index_type(std::string_view media_type) {
  return media_type == "application/vnd.oci.image.index.v1+json" ||
         media_type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

Result<std::vector<Descriptor>, std::string> candidates(std::string_view index,
                                                        const types::Platform& wanted) {
  const json root = parse_json(index);
  const json& entries = array_at(root, "/manifests");
  if (entries.size() > most_entries)
    return "has " + std::to_string(entries.size()) + " entries; expected at most " +
           std::to_string(most_entries);
  std::vector<std::pair<int, Descriptor>> found;
  std::vector<std::string> offered;
  for (const json& entry : entries) {
    auto descriptor = parse_descriptor(entry);
    if (!descriptor) return std::string("has an entry without sha256 digest or size");
    const bool is_index = is_index_type(descriptor->media_type);
    const bool says_platform = has(entry, "/platform/architecture");
    const types::Platform platform = platform_at(entry, "/platform");
    // An index, or a lone manifest, may leave it to what is in it.
    const bool may_fit = !says_platform && (is_index || entries.size() == 1);
    const int fits = may_fit ? 1 : types::fitness(platform, wanted);
    if (fits > 0) found.emplace_back(is_index ? 0 : fits, *std::move(descriptor));
    if (says_platform && platform.os != "unknown") offered.push_back(platform.text());
  }
  if (found.empty())
    return "has no image for " + wanted.text() +
           (offered.empty() ? std::string() : ", but for " + cut(joined(offered), 300));
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Descriptor> list;
  list.reserve(found.size());
  for (auto& [fits, descriptor] : found) list.push_back(std::move(descriptor));
  return list;
}

Result<ImageManifest, std::string> parse_image_manifest(std::string_view manifest,
                                                        const std::string& media_type) {
  const json root = parse_json(manifest);
  auto config = parse_descriptor(at(root, "/config"));
  if (!config) return std::string("names no configuration with sha256 digest and size");
  if (!is_config_type(config->media_type))
    return "is not of a container image: its configuration has the type " +
           kip::quoted(config->media_type);
  ImageManifest out{media_type, *std::move(config), {}};
  const json& layers = array_at(root, "/layers");
  if (layers.size() > most_entries)
    return "has " + std::to_string(layers.size()) + " layers; expected at most " +
           std::to_string(most_entries);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto blob = parse_descriptor(layers[i]);
    if (!blob) return "has a layer " + std::to_string(i + 1) + " without sha256 digest or size";
    const auto packing = packing_of(blob->media_type);
    if (!packing) return refused_layer(i, blob->media_type);
    out.layers.push_back({*std::move(blob), *packing});
  }
  return out;
}

std::optional<std::string> mismatch(const ImageManifest& manifest, const ImageConfig& config) {
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const Layer& layer = manifest.layers[i];
    const bool has_same_digest = config.diff_ids[i] == layer.blob.digest;
    // What is packed has another hash than what it unpacks to.
    if (has_same_digest != (layer.packing == Packing::plain))
      return "says of layer " + std::to_string(i + 1) + " that unpacked it is " +
             config.diff_ids[i].text() + ", where the manifest has " + layer.blob.digest.text() +
             (has_same_digest ? " for the packed one" : " for one that is not packed");
    if (layer.blob.digest == manifest.config.digest)
      return "is layer " + std::to_string(i + 1) + " as well";
  }
  return std::nullopt;
}

Result<ImageConfig, std::string> parse_image_config(std::string_view config, std::size_t layers) {
  const json root = parse_json(config);
  ImageConfig out{platform_at(root, ""), {}};
  for (const json& each : array_at(root, "/rootfs/diff_ids")) {
    auto digest = parse_sha256(each.is_string() ? each.get<std::string>() : "");
    if (!digest) return std::string("has a diff_id that is no sha256 digest");
    out.diff_ids.push_back(*std::move(digest));
  }
  if (out.diff_ids.size() != layers)
    return "has " + std::to_string(out.diff_ids.size()) + " diff_ids for " +
           std::to_string(layers) + " layers";
  return out;
}

}  // namespace kip::archive
