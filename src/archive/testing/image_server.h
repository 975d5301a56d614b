// A FakeRegistry with images in it: their manifests, configurations and layers, with Range.
#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "http/hash.h"
#include "testing/fake_registry.h"

namespace kip::archive {

inline std::string digest_of(const std::string& bytes) {
  http::Hash hash;
  hash.add(bytes);
  return "sha256:" + hash.hex();
}

// Bytes that no compression makes smaller, the same for the same seed.
inline std::string noise(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed * 2654435761U + 1;
  for (char& c : bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>(state >> 56);
  }
  return bytes;
}

class ImageServer {
 public:
  using Peer = kip::testing::Peer;
  using Request = kip::testing::RegistryRequest;
  struct LayerOf {
    std::string bytes;          // as the registry has them
    std::string unpacked = {};  // empty: the same
    std::string type = "application/vnd.oci.image.layer.v1.tar";
  };
  static constexpr const char* manifest_type = "application/vnd.oci.image.manifest.v1+json";
  static constexpr const char* index_type = "application/vnd.oci.image.index.v1+json";

  // Before what is asked for is answered; true: it was answered already.
  std::function<bool(Peer&, const Request&, const std::string& body)> trouble;

  ImageServer() {
    registry_.edit()->trouble = [this](Peer& peer, const Request& request) {
      answer(peer, request);
      return true;
    };
  }

  std::string domain() const { return registry_.domain(); }
  std::string name(const std::string& rest) const { return domain() + "/" + rest; }

  // The digest of its manifest, which is there by that and by the tag.
  std::string add_image(const std::string& repository, const std::string& tag,
                        const std::vector<LayerOf>& layers,
                        const std::string& architecture = "amd64") {
    json config = {{"os", "linux"},
                   {"architecture", architecture},
                   {"rootfs", {{"type", "layers"}, {"diff_ids", json::array()}}}};
    json manifest = {{"schemaVersion", 2}, {"mediaType", manifest_type}, {"layers", json::array()}};
    for (const auto& layer : layers) {
      const std::string digest = add_blob(repository, layer.bytes);
      config["rootfs"]["diff_ids"].push_back(
          digest_of(layer.unpacked.empty() ? layer.bytes : layer.unpacked));
      manifest["layers"].push_back(
          {{"mediaType", layer.type}, {"digest", digest}, {"size", layer.bytes.size()}});
    }
    const std::string text = config.dump();
    manifest["config"] = {{"mediaType", "application/vnd.oci.image.config.v1+json"},
                          {"digest", add_blob(repository, text)},
                          {"size", text.size()}};
    return add_manifest(repository, tag, manifest.dump());
  }
  std::string add_manifest(const std::string& repository, const std::string& tag,
                           const std::string& body, const std::string& type = manifest_type) {
    const std::string begin = "/v2/" + repository + "/manifests/";
    const std::lock_guard lock(mutex_);
    bodies_[begin + digest_of(body)] = bodies_[begin + tag] = {type, body};
    return digest_of(body);
  }
  // An index whose entries are {digest, os/architecture as its platform, type}.
  std::string add_index(const std::string& repository, const std::string& tag,
                        const std::vector<std::pair<std::string, std::string>>& entries,
                        const std::string& type = manifest_type) {
    json index = {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", json::array()}};
    for (const auto& [digest, architecture] : entries) {
      json entry = {{"mediaType", type}, {"digest", digest}, {"size", 100}};
      if (!architecture.empty())
        entry["platform"] = {{"os", "linux"}, {"architecture", architecture}};
      index["manifests"].push_back(std::move(entry));
    }
    return add_manifest(repository, tag, index.dump(), index_type);
  }
  std::string add_blob(const std::string& repository, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    bodies_["/v2/" + repository + "/blobs/" + digest_of(bytes)] = {"", bytes};
    return digest_of(bytes);
  }

  // Requests so far that begin so: "GET /v2/a/b/blobs/".
  std::size_t count(const std::string& begin) const {
    std::size_t found = 0;
    for (const auto& line : registry_.log()) found += line.starts_with(begin) ? 1 : 0;
    return found;
  }
  std::vector<Request> requests() const { return registry_.requests(); }

 private:
  void answer(Peer& peer, const Request& request) {
    std::optional<std::pair<std::string, std::string>> found;
    {
      const std::lock_guard lock(mutex_);
      if (const auto at = bodies_.find(request.target); at != bodies_.end()) found = at->second;
    }
    if (!found) {
      peer.answer(404, "");
      return;
    }
    const auto& [type, body] = *found;
    if (trouble && trouble(peer, request, body)) return;
    std::string headers;
    if (!type.empty())
      headers = "Content-Type: " + type + "\r\nDocker-Content-Digest: " + digest_of(body) + "\r\n";
    if (request.method == "HEAD") {
      peer.write("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                 headers + "\r\n");
      return;
    }
    const auto first = first_byte(request);
    if (first == 0) {
      peer.answer(200, body, headers);
      return;
    }
    peer.answer(206, body.substr(first), range(first, body.size()));
  }

 public:
  static std::size_t first_byte(const Request& request) {
    const auto range = request.header("Range");
    return range.empty() ? 0 : std::strtoul(range.c_str() + sizeof "bytes=" - 1, nullptr, 10);
  }
  static std::string range(std::size_t first, std::size_t size) {
    return "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(size - 1) + "/" +
           std::to_string(size) + "\r\n";
  }

 private:
  std::mutex mutex_;
  // Target → type and body; guarded by mutex_.
  std::map<std::string, std::pair<std::string, std::string>> bodies_;
  kip::testing::FakeRegistry registry_;
};

}  // namespace kip::archive
