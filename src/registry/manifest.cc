#include "registry/manifest.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "http/hash.h"

namespace kip::registry {

namespace {

constexpr std::array<std::string_view, 4> types{
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json"};

bool is_manifest_type(const std::string& type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string header(const http::Response& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

// Without parameters: `; charset=utf-8`.
std::string content_type(const http::Response& answer) {
  const auto whole = header(answer, "Content-Type");
  return std::string(trimmed(std::string_view(whole).substr(0, whole.find(';'))));
}

std::optional<kip::types::Digest> digest_header(const http::Response& answer) {
  return kip::types::parse_digest(header(answer, "Docker-Content-Digest"));
}

}  // namespace

const char* const manifest_types =
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

std::string manifest_reference(const kip::types::ImageReference& image) {
  if (!image.digest.empty()) return image.digest;
  return image.tag.empty() ? "latest" : image.tag;
}

std::optional<Resolved> read_head(const http::Response& answer) {
  auto digest = digest_header(answer);
  auto type = content_type(answer);
  if (!digest || !is_manifest_type(type)) return std::nullopt;
  return Resolved{*std::move(digest), std::move(type)};
}

Result<Resolved, std::string> read_manifest(const http::Response& answer,
                                            const std::optional<kip::types::Digest>& wanted) {
  const json root = parse_json(answer.body);
  auto type = string_at(root, "/mediaType");
  if (!is_manifest_type(type)) type = content_type(answer);
  if (!root.is_object() || has(root, "/errors") || int_at(root, "/schemaVersion") != 2)
    return "is no manifest of schema 2 (" + std::to_string(answer.body.size()) +
           " bytes, Content-Type " + kip::quoted(content_type(answer)) + ")";
  if (!is_manifest_type(type))
    return "has the media type " + kip::quoted(type) + ", which is none of a manifest";
  const auto said = digest_header(answer);
  const auto& expected = wanted ? wanted : said;
  const std::string algorithm(expected ? expected->algorithm() : "sha256");
  http::Hash hash(algorithm);
  hash.add(answer.body);
  const auto digest = kip::types::parse_digest(algorithm + ":" + hash.hex());
  if (expected && !(*expected == *digest))
    return "has the digest " + digest->text() + ", expected " + expected->text();
  if (said && said->algorithm() == algorithm && !(*said == *digest))
    return "has the digest " + digest->text() + ", and its header says " + said->text();
  return Resolved{*digest, std::move(type)};
}

}  // namespace kip::registry
