#include "registry/client.h"

#include <utility>

#include "registry/authorizer.h"
#include "registry/layers_call.h"
#include "registry/manifest_fetch.h"
#include "registry/resolution.h"

namespace kip::registry {

struct Client::State {
  State(Scheduler& scheduler, Options options)
      : network{scheduler,
                Connections(scheduler, {.ca_file = std::move(options.ca_file),
                                        .proxies = std::move(options.proxies),
                                        .idle = options.idle,
                                        .max_body = options.max_manifest}),
                std::move(options.insecure), options.deadline},
        queues(options.queues ? std::move(options.queues) : std::make_shared<RequestQueues>()) {}

  RequestQueue& queue_of(const http::ServerUrl& server) {
    return queues->of(network.scheduler, server.host_and_port());
  }

  Network network;
  Authorizer authorizer{network};
  const std::shared_ptr<RequestQueues> queues;
};

namespace {

// A domain that is no host and port: the kubelet takes some, and no server has such a name.
template <class Value>
HandlePtr no_server(Scheduler& scheduler, const types::ImageReference& image, const Error& error,
                    std::function<void(Result<Value, Failure>)> done) {
  return scheduler.after(
      Duration::zero(),
      [done = std::move(done),
       failure = Failure{Failure::Kind::unreachable, image.full() + ": " + error.message}] {
        done(failure);
      });
}

}  // namespace

Client::Client(Scheduler& scheduler, Options options)
    : state_(new State(scheduler, std::move(options))) {}

Client::~Client() = default;

HandlePtr Client::resolve(const types::ImageReference& image, std::vector<Credentials> credentials,
                          std::function<void(Result<Resolved, Failure>)> done) {
  const auto server = endpoint_of(image.domain, state_->network.insecure);
  if (!server)
    return no_server<Resolved>(state_->network.scheduler, image, server.error(), std::move(done));
  return std::make_unique<Resolution>(
      state_->network, state_->authorizer, state_->queue_of(*server), image,
      Repository{*server, image.path, image.full()}, std::move(credentials), std::move(done));
}

HandlePtr Client::layers(const types::ImageReference& image, std::vector<Credentials> credentials,
                         const types::Platform& platform, OnLayers done) {
  const auto server = endpoint_of(image.domain, state_->network.insecure);
  if (!server)
    return no_server<std::vector<Layer>>(state_->network.scheduler, image, server.error(),
                                         std::move(done));
  return std::make_unique<LayersCall>(state_->network, state_->authorizer,
                                      state_->queue_of(*server), image,
                                      Repository{*server, image.path, image.full()},
                                      std::move(credentials), platform, std::move(done));
}

HandlePtr Client::get_manifest(const types::ImageReference& image,
                               std::vector<Credentials> credentials, const types::Digest& digest,
                               std::function<void(Result<Manifest, Failure>)> done) {
  const auto server = endpoint_of(image.domain, state_->network.insecure);
  if (!server)
    return no_server<Manifest>(state_->network.scheduler, image, server.error(), std::move(done));
  return std::make_unique<ManifestFetch>(state_->network, state_->authorizer,
                                         state_->queue_of(*server),
                                         Repository{*server, image.path, image.full()},
                                         std::move(credentials), digest.text(), std::move(done));
}

HandlePtr Client::fetch_blob(const types::ImageReference& image,
                             std::vector<Credentials> credentials, Blob blob,
                             BlobProgress& progress, std::function<void(std::string_view)> on_bytes,
                             std::function<void(Result<Done, Failure>)> done) {
  const auto server = endpoint_of(image.domain, state_->network.insecure);
  if (!server)
    return no_server<Done>(state_->network.scheduler, image, server.error(), std::move(done));
  return std::make_unique<BlobFetch>(state_->network, state_->authorizer, state_->queue_of(*server),
                                     Repository{*server, image.path, image.full()},
                                     std::move(credentials), std::move(blob), progress,
                                     std::move(on_bytes), std::move(done));
}

Duration Client::delay_of(const std::string& domain) const {
  const auto server = endpoint_of(domain, state_->network.insecure);
  return server ? state_->queues->delay_of(server->host_and_port()) : Duration::zero();
}

}  // namespace kip::registry
