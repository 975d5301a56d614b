#include "archive/layout.h"

#include <algorithm>
#include <map>
#include <utility>

#include "archive/tar.h"
#include "base/json.h"
#include "base/text.h"
#include "http/hash.h"

namespace kip::archive {

namespace {

// Keys in the order in which people, and other tools, write them.
using ordered = nlohmann::ordered_json;

constexpr const char* mark_key = "io.github.kubernetes-image-puller.archive";
constexpr const char* index_type = "application/vnd.oci.image.index.v1+json";

std::string path_of(const types::Digest& digest) {
  return "blobs/" + std::string(digest.algorithm()) + "/" + std::string(digest.hex());
}

// The registry's own bytes, where nothing was unpacked. Else the same with other descriptors of
// these layers.
std::string manifest_body(const Contents& contents) {
  std::map<std::string, const ArchivedBlob*> unpacked;
  for (const auto& blob : contents.blobs)
    if (blob.is_unpacked()) unpacked.emplace(blob.source.digest.text(), &blob);
  if (unpacked.empty()) return contents.body;
  ordered root = ordered::parse(contents.body, nullptr, false);
  for (auto& layer : root["layers"]) {
    const auto found = unpacked.find(layer.value("digest", ""));
    if (found == unpacked.end()) continue;
    const bool is_docker = layer.value("mediaType", "").find("docker") != std::string::npos;
    layer = {{"mediaType", is_docker ? "application/vnd.docker.image.rootfs.diff.tar"
                                     : "application/vnd.oci.image.layer.v1.tar"},
             {"digest", found->second->digest.text()},
             {"size", found->second->size}};
  }
  return root.dump();
}

std::string sha256_of(const std::string& bytes) {
  http::Hash hash;
  hash.add(bytes);
  return "sha256:" + hash.hex();
}

std::string index_json(const Contents& contents, const std::string& manifest,
                       const std::string& digest, const ArchiveName& name, Format format) {
  ordered annotations = ordered::object();
  if (!name.repo_tag.empty()) {
    annotations["io.containerd.image.name"] = name.full_name;
    // Docker writes the tag; tools of OCI archives take it for the image's name.
    annotations["org.opencontainers.image.ref.name"] =
        format == Format::docker_archive ? name.tag : name.full_name;
  }
  annotations[mark_key] = mark_of(contents.source.digest, name, format);
  ordered descriptor = {{"mediaType", contents.manifest.media_type},
                        {"digest", digest},
                        {"size", manifest.size()},
                        {"annotations", std::move(annotations)}};
  if (const auto& platform = contents.config.platform; !platform.architecture.empty()) {
    descriptor["platform"] = {{"architecture", platform.architecture}, {"os", platform.os}};
    if (!platform.variant.empty()) descriptor["platform"]["variant"] = platform.variant;
  }
  return ordered({{"schemaVersion", 2},
                  {"mediaType", index_type},
                  {"manifests", ordered::array({std::move(descriptor)})}})
      .dump(-1, ' ', false, ordered::error_handler_t::replace);
}

std::string manifest_json(const Contents& contents, const ArchiveName& name) {
  std::map<std::string, std::string> paths;
  for (const auto& blob : contents.blobs) paths.emplace(blob.source.digest.text(), blob.path());
  ordered layers = ordered::array();
  for (const auto& layer : contents.manifest.layers)
    layers.push_back(paths.at(layer.blob.digest.text()));
  ordered tags;  // null without one, as Docker has it
  if (!name.repo_tag.empty()) tags = ordered::array({name.repo_tag});
  return ordered::array({{{"Config", path_of(contents.manifest.config.digest)},
                          {"RepoTags", std::move(tags)},
                          {"Layers", std::move(layers)}}})
      .dump();
}

}  // namespace

std::string ArchivedBlob::path() const { return path_of(digest); }

Contents contents_of(Descriptor source, std::string body, ImageManifest manifest,
                     ImageConfig config) {
  std::vector<ArchivedBlob> blobs = {
      {manifest.config.digest, manifest.config.size, manifest.config}};
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const Layer& layer = manifest.layers[i];
    const bool is_there = std::any_of(blobs.begin(), blobs.end(), [&](const auto& blob) {
      return blob.source.digest == layer.blob.digest;
    });
    if (is_there) continue;
    ArchivedBlob blob{layer.blob.digest, layer.blob.size, layer.blob, layer.packing};
    if (blob.is_unpacked()) blob.digest = config.diff_ids[i];
    blobs.push_back(std::move(blob));
  }
  return {std::move(source), std::move(body), std::move(manifest), std::move(config),
          std::move(blobs)};
}

std::vector<Document> documents_of(const Contents& contents, const ArchiveName& name,
                                   Format format) {
  std::string manifest = manifest_body(contents);
  const std::string digest = sha256_of(manifest);
  std::vector<Document> documents;
  documents.push_back({"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"});
  documents.push_back({"index.json", index_json(contents, manifest, digest, name, format)});
  if (format == Format::docker_archive)
    documents.push_back({"manifest.json", manifest_json(contents, name)});
  documents.insert(documents.begin(), {path_of(*types::parse_digest(digest)), std::move(manifest)});
  return documents;
}

std::string mark_of(const types::Digest& manifest, const ArchiveName& name, Format format) {
  return std::string(to_text(format)) + " " + manifest.text() +
         (name.repo_tag.empty() ? "" : " " + name.repo_tag);
}

std::string manifest_of(std::string_view mark) {
  const auto parts = split(mark, ' ');
  return parts.size() > 1 ? parts[1] : "";
}

std::optional<Marked> find_mark(std::string_view index_json) {
  const json root = parse_json(index_json);
  const json& manifests = array_at(root, "/manifests");
  if (manifests.size() != 1) return std::nullopt;
  const json& annotations = object_at(manifests[0], "/annotations");
  const auto found = annotations.find(mark_key);
  if (found == annotations.end() || !found->is_string()) return std::nullopt;
  return Marked{
      found->get<std::string>(),
      {string_at(manifests[0], "/platform/os"), string_at(manifests[0], "/platform/architecture"),
       string_at(manifests[0], "/platform/variant")}};
}

std::uint64_t tar_size(const std::vector<std::uint64_t>& sizes) {
  std::uint64_t sum = tar_end().size();
  for (const auto size : sizes) sum += tar_header_bytes + padded(size);
  return sum;
}

}  // namespace kip::archive
