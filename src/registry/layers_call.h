// The layers of one image: GET its manifest, and where that is an index, the platform's. Belongs to
// the loop; destroying it gives it up.
#pragma once

#include <string>
#include <vector>

#include "registry/layers.h"
#include "registry/manifest.h"
#include "registry/repository_call.h"

namespace kip::registry {

class LayersCall : public Handle {
 public:
  using Done = LayerSource::OnLayers;

  // The other objects outlive it.
  LayersCall(Network& network, Authorizer& authorizer, RequestQueue& queue,
             const types::ImageReference& image, Repository repository,
             std::vector<Credentials> credentials, types::Platform platform, Done done);

 private:
  void ask(const std::string& reference, bool may_be_index);
  void on_answer(const Result<Manifest, Failure>& answer, bool may_be_index);
  void finish(Result<std::vector<Layer>, Failure> result);

  Network& network_;
  Authorizer& authorizer_;
  RequestQueue& queue_;
  const Repository repository_;
  const std::vector<Credentials> credentials_;
  const types::Platform platform_;
  Done done_;
  HandlePtr call_;
};

}  // namespace kip::registry
