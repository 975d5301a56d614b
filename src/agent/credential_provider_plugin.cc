#include "agent/credential_provider_plugin.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "agent/credential_provider_response.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/child_process.h"

namespace kip::agent {

namespace {

using CacheKey = CredentialProviderResponse::CacheKey;

// What the kubelet keeps an answer under.
std::pair<CacheKey, std::string> key_of(const types::ImageReference& image, CacheKey kind) {
  if (kind == CacheKey::image) return {kind, image.repository()};
  return {kind, kind == CacheKey::registry ? image.domain : ""};
}

constexpr std::size_t shown_bytes = 500;  // of stderr, which the kubelet shows whole: its end

std::string tail(const std::string& err) {
  const std::string text{trimmed(err)};
  const bool is_cut = text.size() > shown_bytes;
  return is_cut ? "…" + kip::quoted(text.substr(text.size() - shown_bytes), shown_bytes)
                : kip::quoted(text, shown_bytes);
}

Result<CredentialProviderResponse> response_of(const Result<ChildOutput>& output,
                                               const std::string& origin) {
  if (!output) return output.error();
  if (output->exit_code != 0)
    return Error{ErrorKind::transient,
                 "it ended with code " + std::to_string(output->exit_code) +
                     (trimmed(output->err).empty() ? "" : ": " + tail(output->err))};
  return parse_credential_provider_response(output->out, origin);
}

// Which images a failure is for. It may be the image that a program ends with an error for; one
// that hangs waits for a registry or who knows its users, and a minute for each image is too long;
// one that cannot be started has nothing for any.
CacheKey reach(const Result<ChildOutput>& output) {
  if (output) return CacheKey::image;
  return output.error().kind == ErrorKind::permanent ? CacheKey::global : CacheKey::registry;
}

}  // namespace

// Shared with the questions, which may live longer than the plugin.
struct CredentialProviderPlugin::State : std::enable_shared_from_this<State> {
  struct Waiter {
    types::ImageReference image;
    Answer done;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct Run {
    types::ImageReference image;
    HandlePtr child;
  };
  struct Kept {
    registry::DockerConfig auth;
    SteadyTime until;
  };

  State(Scheduler& s, CredentialProvider p, std::string program_path,
        const CredentialProviderLimits& l)
      : scheduler(s), provider(std::move(p)), program(std::move(program_path)), limits(l) {}

  const registry::DockerConfig* find_kept(const types::ImageReference& image) const;
  // Whether a run for `image` is expected to answer for `other` too.
  bool is_for(const types::ImageReference& image, const types::ImageReference& other) const {
    return key_of(image, expected) == key_of(other, expected);
  }
  void go_on();
  void start(const types::ImageReference& image);
  void on_ended(std::list<Run>::iterator run, const Result<ChildOutput>& output);
  void give(const types::ImageReference& image, CacheKey kind, const registry::DockerConfig& auth);
  void leave(const WaiterPtr& waiter);

  Scheduler& scheduler;
  const CredentialProvider provider;
  const std::string program;
  const CredentialProviderLimits limits;
  const std::string origin = "credential provider " + kip::quoted(provider.name);
  CacheKey expected = CacheKey::global;  // of the next answer
  std::map<std::pair<CacheKey, std::string>, Kept> kept;
  std::vector<WaiterPtr> waiters;  // in their order
  std::list<Run> runs;
};

class CredentialProviderPlugin::Question : public Handle {
 public:
  Question(std::weak_ptr<State> state, State::WaiterPtr waiter)
      : state_(std::move(state)), waiter_(std::move(waiter)) {}
  ~Question() override {
    if (const auto state = state_.lock()) state->leave(waiter_);
  }

 private:
  std::weak_ptr<State> state_;
  State::WaiterPtr waiter_;
};

const registry::DockerConfig* CredentialProviderPlugin::State::find_kept(
    const types::ImageReference& image) const {
  for (const auto kind : {CacheKey::image, CacheKey::registry, CacheKey::global}) {
    const auto found = kept.find(key_of(image, kind));
    if (found != kept.end() && scheduler.now() < found->second.until) return &found->second.auth;
  }
  return nullptr;
}

// Starts what is waited for and not running, ends what is running and not waited for.
void CredentialProviderPlugin::State::go_on() {
  runs.remove_if([this](const Run& run) {
    return std::none_of(waiters.begin(), waiters.end(),
                        [&](const auto& waiter) { return is_for(run.image, waiter->image); });
  });
  for (const auto& waiter : waiters) {
    if (runs.size() >= limits.runs_at_once) return;
    if (std::none_of(runs.begin(), runs.end(),
                     [&](const Run& run) { return is_for(run.image, waiter->image); }))
      start(waiter->image);
  }
}

void CredentialProviderPlugin::State::start(const types::ImageReference& image) {
  ChildSettings child;
  child.command = {program};
  child.command.insert(child.command.end(), provider.args.begin(), provider.args.end());
  child.env = provider.env;
  child.input = credential_provider_request(image);
  child.deadline = limits.longest_run;
  const auto run = runs.insert(runs.end(), Run{image, nullptr});
  run->child =
      run_child(scheduler, std::move(child), [this, run](const auto& out) { on_ended(run, out); });
}

void CredentialProviderPlugin::State::on_ended(std::list<Run>::iterator run,
                                               const Result<ChildOutput>& output) {
  // A callback may destroy the plugin; the run that calls this is alive until the end.
  const auto self = shared_from_this();
  const Run ended = std::move(*run);
  runs.erase(run);
  auto response = response_of(output, origin);
  if (response) {
    expected = response->cache_key;
    const auto lifetime = response->cache_duration.value_or(provider.default_cache_duration);
    const auto now = scheduler.now();
    std::erase_if(kept, [&](const auto& each) { return each.second.until <= now; });
    if (lifetime > Duration::zero())
      kept[key_of(ended.image, expected)] = {response->auth, now + lifetime};
    give(ended.image, expected, response->auth);
  } else {
    log::warn("a credential provider failed; its credentials are not tried",
              {{"provider", provider.name},
               {"image", ended.image.repository()},
               {"error", response.error().message}});
    give(ended.image, reach(output), {});
    // No more waiting for one answer that is for all.
    if (expected == CacheKey::global) expected = CacheKey::image;
  }
  go_on();
}

void CredentialProviderPlugin::State::give(const types::ImageReference& image, CacheKey kind,
                                           const registry::DockerConfig& auth) {
  const auto asked = waiters;
  for (const auto& waiter : asked) {
    if (key_of(waiter->image, kind) != key_of(image, kind)) continue;
    // Another one's callback may have given this question up.
    const auto place = std::find(waiters.begin(), waiters.end(), waiter);
    if (place == waiters.end()) continue;
    waiters.erase(place);
    waiter->done(auth);
  }
}

void CredentialProviderPlugin::State::leave(const WaiterPtr& waiter) {
  if (std::erase(waiters, waiter) > 0) go_on();
}

CredentialProviderPlugin::CredentialProviderPlugin(Scheduler& scheduler,
                                                   CredentialProvider provider,
                                                   const std::string& bin_folder,
                                                   const CredentialProviderLimits& limits) {
  std::string program = bin_folder + "/" + provider.name;
  state_ = std::make_shared<State>(scheduler, std::move(provider), std::move(program), limits);
}

CredentialProviderPlugin::~CredentialProviderPlugin() {
  state_->waiters.clear();
  state_->runs.clear();
}

const CredentialProvider& CredentialProviderPlugin::provider() const { return state_->provider; }

HandlePtr CredentialProviderPlugin::get(const types::ImageReference& image, Answer done) {
  if (const auto* auth = state_->find_kept(image))
    return state_->scheduler.after(Duration::zero(),
                                   [done = std::move(done), answer = *auth] { done(answer); });
  const auto waiter = std::make_shared<State::Waiter>(State::Waiter{image, std::move(done)});
  state_->waiters.push_back(waiter);
  state_->go_on();
  return std::make_unique<Question>(state_, waiter);
}

}  // namespace kip::agent
