#include "archive/manifest_lookup.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kip::archive {

namespace {

using Kind = runtime::Failure::Kind;

// An index, one in it, and one more, with some that hold nothing for us.
constexpr int most_asked = 8;

}  // namespace

ManifestLookup::ManifestLookup(Workshop& workshop, types::ImageReference image,
                               std::vector<registry::Credentials> credentials, types::Digest digest,
                               Done done)
    : workshop_(workshop),
      image_(std::move(image)),
      credentials_(std::move(credentials)),
      to_ask_{std::move(digest)},
      done_(std::move(done)) {
  ask_next();
}

void ManifestLookup::ask_next() {
  if (to_ask_.empty()) return fail({Kind::not_found, nothing_});
  if (++asked_ > most_asked)
    return fail({Kind::other, image_.text + ": its indexes name more than " +
                                  std::to_string(most_asked) + " manifests for " +
                                  workshop_.settings.platform.text()});
  const types::Digest next = std::move(to_ask_.back());
  to_ask_.pop_back();
  call_ = workshop_.client.get_manifest(image_, credentials_, next, [this](const auto& answer) {
    const HandlePtr last = std::move(call_);
    if (!answer) return fail(failure_of(answer.error()));
    answered(*answer);
  });
}

void ManifestLookup::answered(const registry::Manifest& answer) {
  const std::string& type = answer.resolved.media_type;
  const std::string whose = image_.text + ": the ";
  if (is_index_type(type)) {
    auto found = candidates(answer.body, workshop_.settings.platform);
    if (!found) {
      if (nothing_.empty()) nothing_ = whose + "index " + found.error();
    } else {
      std::transform(found->rbegin(), found->rend(), std::back_inserter(to_ask_),
                     [](const auto& each) { return each.digest; });
    }
    return ask_next();
  }
  auto manifest = parse_image_manifest(answer.body, type);
  // There is no image of that name that could be archived: as if there were none.
  if (!manifest) return fail({Kind::not_found, whose + "manifest " + manifest.error()});
  finish(FoundManifest{
      {answer.resolved.digest, answer.body.size(), type}, answer.body, *std::move(manifest)});
}

void ManifestLookup::fail(runtime::Failure failure) { finish(std::move(failure)); }

void ManifestLookup::finish(Result<FoundManifest, runtime::Failure> result) {
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::archive
