// One manifest or index of a repository, by its digest or a tag. Belongs to the loop; destroying it
// gives it up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "registry/manifest.h"
#include "registry/repository_call.h"

namespace kip::registry {

class ManifestFetch : public Handle {
 public:
  using Done = std::function<void(Result<Manifest, Failure>)>;

  ManifestFetch(Network& network, Authorizer& authorizer, RequestQueue& queue,
                Repository repository, std::vector<Credentials> credentials, std::string reference,
                Done done);

 private:
  void answered(const Result<Fetch::Answered, Failure>& answer);

  const std::string reference_;
  const Done done_;
  HandlePtr call_;
};

}  // namespace kip::registry
