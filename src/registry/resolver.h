// Who can say which digest a tag has: the Client, and a fake of it in tests.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "loop/scheduler.h"
#include "registry/credentials.h"
#include "registry/failure.h"
#include "registry/manifest.h"
#include "types/image_reference.h"

namespace kip::registry {

class Resolver {
 public:
  using OnResolved = std::function<void(Result<Resolved, Failure>)>;

  virtual ~Resolver() = default;

  // The digest that the reference has now; with a digest in it, whether that is there. All
  // credentials are tried in their order, then none. `done` is called once, from the loop and never
  // from inside the call; destroying the handle gives the request up.
  [[nodiscard]] virtual HandlePtr resolve(const types::ImageReference& image,
                                          std::vector<Credentials> credentials,
                                          OnResolved done) = 0;
};

}  // namespace kip::registry
