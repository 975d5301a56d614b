#include "runtime/words.h"

#include <string_view>
#include <utility>

#include "base/text.h"
#include "registry/secrets.h"

namespace kip::runtime {

namespace {

// Bytes of the runtime's words. A registry's page of HTML may be among them.
constexpr std::size_t longest_message = 1000;

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string without_names(std::string words, const types::ImageReference& image) {
  const std::string tagged = image.path + "/manifests/";
  const auto familiar = " for " + image.familiar_name();
  for (const auto& name :
       {image.full(), image.repository(), quoted(image.text, 1000), tagged + image.tag,
        tagged + image.digest, image.path + "/blobs/", familiar + ":" + image.tag, familiar})
    replace_all(words, name, "");
  return words;
}

std::string to_show(std::string words, const registry::Credentials& shown) {
  words = registry::masked(std::move(words), shown);
  if (const auto bad = find_invalid_utf8(words); bad != std::string::npos) words.resize(bad);
  return words.size() > longest_message ? cut(std::move(words), longest_message) + "…" : words;
}

std::string digest_of(const std::string& repo_digest) {
  const auto at = repo_digest.find('@');
  return at == std::string::npos ? "" : repo_digest.substr(at + 1);
}

std::string digest_in(const std::vector<std::string>& repo_digests,
                      const types::ImageReference& asked) {
  std::string first;
  for (const auto& each : repo_digests) {
    if (types::repository_of(each.substr(0, each.find('@'))) != asked.repository()) continue;
    auto digest = digest_of(each);
    if (digest == asked.digest) return digest;
    if (first.empty()) first = digest;
  }
  return first;
}

}  // namespace kip::runtime
