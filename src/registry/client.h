// Registries of the OCI distribution API: which digest a tag has, which layers an image, and blobs.
// Of each registry one request is under way at a time, and none while it limits us; tokens are kept
// until they expire. Nothing is tried again: when to ask next is the caller's. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "registry/blob.h"
#include "registry/credentials.h"
#include "registry/endpoint.h"
#include "registry/failure.h"
#include "registry/layers.h"
#include "registry/manifest.h"
#include "registry/proxy_rules.h"
#include "registry/request_queue.h"
#include "registry/resolver.h"
#include "types/image_reference.h"

namespace kip::registry {

class Client : public Resolver, public LayerSource {
 public:
  struct Options {
    InsecureRegistries insecure = {};
    ProxyRules proxies = {};
    std::string ca_file = {};  // CAs to trust beside the system's, in PEM; "": none
    // For a whole answer, or a blob's headers.
    Duration deadline = std::chrono::seconds{30};
    // Without a byte for this long, a blob is given up.
    Duration idle = std::chrono::seconds{60};
    // Bytes. Registries should take manifests of 4 MiB at the least (OCI distribution
    // specification), so images have none that are larger.
    std::size_t max_manifest = 4 << 20;
    // Null: of its own.
    std::shared_ptr<RequestQueues> queues = nullptr;
  };

  // `scheduler` is the Loop, and outlives the client.
  Client(Scheduler& scheduler, Options options);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The handles must go before the client. `done` is called once, from the loop and never from
  // inside the call; destroying the handle gives the request up. It waits for its turn, and as long
  // as the registry's limit lasts. All credentials are tried in their order, then none:
  // Keyring::matching() gives them.

  [[nodiscard]] HandlePtr resolve(const types::ImageReference& image,
                                  std::vector<Credentials> credentials, OnResolved done) override;

  [[nodiscard]] HandlePtr layers(const types::ImageReference& image,
                                 std::vector<Credentials> credentials,
                                 const types::Platform& platform, OnLayers done) override;

  // The manifest or index of the image's repository that has this digest.
  [[nodiscard]] HandlePtr get_manifest(const types::ImageReference& image,
                                       std::vector<Credentials> credentials,
                                       const types::Digest& digest,
                                       std::function<void(Result<Manifest, Failure>)> done);

  // The bytes of a blob of the image's repository that `progress` does not have yet. After a
  // failure other than bad_answer the same `progress` may be taken further. `on_bytes` may destroy
  // the handle.
  [[nodiscard]] HandlePtr fetch_blob(const types::ImageReference& image,
                                     std::vector<Credentials> credentials, Blob blob,
                                     BlobProgress& progress,
                                     std::function<void(std::string_view)> on_bytes,
                                     std::function<void(Result<Done, Failure>)> done);

  // How long the registry of this domain makes its next request wait; zero where it does not.
  Duration delay_of(const std::string& domain) const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace kip::registry
