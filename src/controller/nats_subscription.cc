#include "controller/nats_subscription.h"

#include <string>
#include <utility>

#include "nats/client.h"
#include "nats/settings.h"

namespace kip::controller {

namespace {

struct Running : Handle {
  Running(Loop& loop, nats::Client::Options options, nats::Client::Sink sink)
      : client(loop, std::move(options), std::move(sink)) {}
  nats::Client client;
};

nats::Client::Options options_of(const config::Nats& asked) {
  nats::Settings settings;
  settings.servers = asked.servers;
  settings.username_file = "/nats/username";
  settings.password_file = "/nats/password";
  settings.token_file = "/nats/token";
  settings.tls = {.ca_file = "/nats-ca/ca.crt",
                  .certificate_file = "/nats-tls/tls.crt",
                  .key_file = "/nats-tls/tls.key",
                  .are_optional = true};
  return nats::client_options(settings, "kubernetes-image-puller");
}

}  // namespace

Subscribe nats_subscriptions(Loop& loop) {
  return [&loop](const config::Nats& asked, SubscriptionSink sink) -> HandlePtr {
    auto running = std::make_unique<Running>(
        loop, options_of(asked),
        nats::Client::Sink{.on_connected = std::move(sink.on_connected),
                           .on_disconnected = std::move(sink.on_disconnected)});
    running->client.subscribe(asked.subject, std::move(sink.on_message));
    running->client.start();
    return running;
  };
}

}  // namespace kip::controller
