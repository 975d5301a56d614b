// The manifest of a platform's image, behind the digest of a tag: that itself, or what its index
// names, or an index in that. Belongs to the loop; destroying it gives it up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/image_manifest.h"
#include "archive/workshop.h"

namespace kip::archive {

struct FoundManifest {
  Descriptor source;  // its size is that of the body
  std::string body;
  ImageManifest manifest;
};

class ManifestLookup : public Handle {
 public:
  using Done = std::function<void(Result<FoundManifest, runtime::Failure>)>;

  // `done` is called once, from the loop; it may destroy this.
  ManifestLookup(Workshop& workshop, types::ImageReference image,
                 std::vector<registry::Credentials> credentials, types::Digest digest, Done done);

 private:
  void ask_next();
  void answered(const registry::Manifest& answer);
  void fail(runtime::Failure failure);
  void finish(Result<FoundManifest, runtime::Failure> result);

  Workshop& workshop_;
  const types::ImageReference image_;
  const std::vector<registry::Credentials> credentials_;
  std::vector<types::Digest> to_ask_;  // the next is the last
  int asked_ = 0;
  std::string nothing_;  // what the first index said that has nothing for the platform
  Done done_;
  HandlePtr call_;
};

}  // namespace kip::archive
