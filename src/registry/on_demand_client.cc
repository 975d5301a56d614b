#include "registry/on_demand_client.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::registry {

namespace {

// Longer than the pauses between the requests of one round: tokens are used again.
constexpr Duration kept = std::chrono::seconds(30);

// Tenants write the names.
constexpr std::size_t most_told = 100;

}  // namespace

// Keeps the client for the time of its request.
class OnDemandClient::Asking : public Handle {
 public:
  Asking(std::shared_ptr<Client> client, HandlePtr call)
      : client_(std::move(client)), call_(std::move(call)) {}
  ~Asking() override { call_.reset(); }

 private:
  const std::shared_ptr<Client> client_;
  HandlePtr call_;
};

OnDemandClient::OnDemandClient(Scheduler& scheduler, const Environment& environment)
    : scheduler_(scheduler) {
  options_.queues = std::make_shared<RequestQueues>();
  if (auto proxies = ProxyRules::from(environment))
    options_.proxies = *std::move(proxies);
  else
    log::warn("the proxy for registries cannot be used; asking them without it",
              {{"problem", proxies.error().message}});
}

void OnDemandClient::reach(const std::vector<std::string>& insecure, const std::string& ca_file) {
  InsecureRegistries by_http;
  if (auto parsed = InsecureRegistries::parse(joined(insecure, ",")))
    by_http = *std::move(parsed);
  else  // the settings' parser takes no others
    log::error("invalid setting",
               {{"name", "INSECURE_REGISTRIES"}, {"problem", parsed.error().message}});
  if (by_http == options_.insecure && ca_file == options_.ca_file) return;
  options_.insecure = std::move(by_http);
  options_.ca_file = ca_file;
  // Requests that are under way end with the client that they were begun with, and it never from
  // inside one of its own callbacks.
  if (client_) retired_.push_back(std::move(client_));
  client_.reset();
  end_idle_later();
}

HandlePtr OnDemandClient::resolve(const types::ImageReference& image,
                                  std::vector<Credentials> credentials, OnResolved done) {
  if (!client_) client_ = std::make_shared<Client>(scheduler_, options_);
  end_idle_later();
  HandlePtr call =
      client_->resolve(image, std::move(credentials),
                       [this, domain = image.domain, done = std::move(done)](const auto& answer) {
                         tell(domain, answer);
                         done(answer);
                       });
  return std::make_unique<Asking>(client_, std::move(call));
}

void OnDemandClient::end_idle_later() {
  idle_ = scheduler_.after(kept, [this] {
    const HandlePtr ended = std::move(idle_);
    end_idle();
  });
}

// Where a registry cannot be asked, all goes on by time or stays as it is: who looks for the reason
// finds it here.
void OnDemandClient::tell(const std::string& domain, const Result<Resolved, Failure>& answer) {
  using Kind = Failure::Kind;
  if (!answer &&
      (answer.error().kind == Kind::unreachable || answer.error().kind == Kind::untrusted)) {
    if (silent_.size() < most_told && silent_.insert(domain).second)
      log::info(
          "a registry cannot be asked from here; its images are refreshed by time, or stay "
          "as they are where their digests were known",
          {{"registry", domain}, {"problem", answer.error().message}});
  } else if (!answer && answer.error().kind == Kind::rate_limited) {
    if (limiting_.size() < most_told && limiting_.insert(domain).second)
      log::info("a registry limits its requests; waiting as long as it says",
                {{"registry", domain}, {"problem", answer.error().message}});
  } else if (silent_.erase(domain) + limiting_.erase(domain) > 0) {
    log::info("a registry answers", {{"registry", domain}});
  }
}

void OnDemandClient::end_idle() {
  std::erase_if(retired_, [](const auto& client) { return client.use_count() == 1; });
  if (client_ && client_.use_count() == 1) client_.reset();
  options_.queues->forget_idle();
  if (client_ || !retired_.empty()) end_idle_later();
}

}  // namespace kip::registry
