// The digest of one image: HEAD, and GET where that does not tell. Belongs to the loop; destroying
// it gives it up.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "registry/manifest.h"
#include "registry/repository_call.h"

namespace kip::registry {

class Resolution : public Handle {
 public:
  using Done = std::function<void(Result<Resolved, Failure>)>;

  Resolution(Network& network, Authorizer& authorizer, RequestQueue& queue,
             const types::ImageReference& image, Repository repository,
             std::vector<Credentials> credentials, Done done);

 private:
  void ask(const char* method);
  void on_head(Result<Fetch::Answered, Failure> answer);
  void on_get(Result<Fetch::Answered, Failure> answer);
  void finish(Result<Resolved, Failure> result);

  Network& network_;
  Authorizer& authorizer_;
  RequestQueue& queue_;
  const Repository repository_;
  const std::vector<Credentials> credentials_;
  const std::optional<types::Digest> wanted_;  // that of the reference
  const std::string reference_;                // of the manifest: a tag or a digest
  Done done_;
  HandlePtr call_;
};

}  // namespace kip::registry
