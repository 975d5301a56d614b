#include "controller/registries.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::controller {

namespace {

// Longer than the pauses between the requests of one round: tokens are used again, and limits kept.
constexpr Duration kept = std::chrono::seconds(30);

}  // namespace

// Keeps the client for the time of its request.
class Registries::Asking : public Handle {
 public:
  Asking(std::shared_ptr<registry::Client> client, HandlePtr call)
      : client_(std::move(client)), call_(std::move(call)) {}
  ~Asking() override { call_.reset(); }

 private:
  const std::shared_ptr<registry::Client> client_;
  HandlePtr call_;
};

Registries::Registries(Scheduler& scheduler, const Environment& environment)
    : scheduler_(scheduler) {
  if (auto proxies = registry::ProxyRules::from(environment))
    options_.proxies = *std::move(proxies);
  else
    log::warn("the proxy for registries cannot be used; asking them without it",
              {{"problem", proxies.error().message}});
}

void Registries::reach(const std::vector<std::string>& insecure, const std::string& ca_file) {
  auto parsed = registry::InsecureRegistries::parse(joined(insecure, ","));
  if (parsed) options_.insecure = *std::move(parsed);  // the settings' parser takes no others
  options_.ca_file = ca_file;
  // Requests that are under way end with the client that they were begun with, and it never from
  // inside one of its own callbacks.
  if (client_) retired_.push_back(std::move(client_));
  client_.reset();
  end_idle_later();
}

HandlePtr Registries::resolve(const types::ImageReference& image,
                              std::vector<registry::Credentials> credentials, OnResolved done) {
  if (!client_) client_ = std::make_shared<registry::Client>(scheduler_, options_);
  end_idle_later();
  HandlePtr call = client_->resolve(image, std::move(credentials), std::move(done));
  return std::make_unique<Asking>(client_, std::move(call));
}

void Registries::end_idle_later() {
  idle_ = scheduler_.after(kept, [this] {
    const HandlePtr ended = std::move(idle_);
    end_idle();
  });
}

// A registry that limits us is waited for with the client that knows it.
void Registries::end_idle() {
  std::erase_if(retired_, [](const auto& client) { return client.use_count() == 1; });
  if (client_ && client_.use_count() == 1) client_.reset();
  if (client_ || !retired_.empty()) end_idle_later();
}

}  // namespace kip::controller
