#include "registry/authorizer.h"

#include <utility>

#include "registry/token_call.h"

namespace kip::registry {

namespace {

using Kind = Failure::Kind;

// More repositories than anybody keeps warm.
constexpr std::size_t most_challenges = 1000;

std::string name_of(const Repository& repository) {
  return repository.server.text() + "/" + repository.path;
}

}  // namespace

TokenKey Authorizer::key_of(const Repository& repository, const Challenge& challenge,
                            const Credentials& credentials) {
  std::string scope(challenge.parameter("scope"));
  if (scope.empty()) scope = "repository:" + repository.path + ":pull";
  return {std::string(challenge.parameter("realm")), std::string(challenge.parameter("service")),
          std::move(scope), credentials};
}

std::string Authorizer::known(const Repository& repository, const Credentials& credentials) const {
  if (!credentials.registry_token.empty()) return "Bearer " + credentials.registry_token;
  const auto found = challenges_.find(name_of(repository));
  if (found == challenges_.end()) return "";
  if (found->second.scheme == "basic") return basic_authorization(credentials);
  const auto token =
      tokens_.find(key_of(repository, found->second, credentials), network_.scheduler.now());
  return token ? "Bearer " + *token : "";
}

// The realm, if what we have may go there; else what is wrong with it.
Result<Target, std::string> Authorizer::realm_of(const Repository& repository,
                                                 const Challenge& challenge,
                                                 const Credentials& credentials) const {
  const auto realm = resolve({repository.server, "/"}, challenge.parameter("realm"));
  if (!realm) return "names a realm that is no URL: " + realm.error().message;
  const auto& server = realm->server;
  const bool is_listed = network_.insecure.has(server.host, server.port);
  if (!server.tls && !is_listed)
    return "names the realm " + realm->shown() +
           ", which is plain HTTP and not in INSECURE_REGISTRIES";
  if (!credentials.is_anonymous() && !repository.server.tls && !is_listed &&
      !(server == repository.server))
    return "names over plain HTTP the realm " + realm->shown() +
           ", which is another server: credentials do not go there";
  return *realm;
}

HandlePtr Authorizer::answer(const Repository& repository, const Subject& subject,
                             std::string_view header, const Credentials& credentials, Done done) {
  const auto later = [&](Result<std::string, Failure> result) {
    return network_.scheduler.after(
        Duration::zero(), [done = std::move(done), result = std::move(result)] { done(result); });
  };
  const auto refuse = [&](Kind kind, const std::string& what) {
    return later(Failure{kind, bad_answer(subject, "answered 401, and " + what).message});
  };
  const auto challenges = parse_challenges(header);
  const Challenge* bearer = nullptr;
  const Challenge* basic = nullptr;
  for (const auto& each : challenges) {
    if (bearer == nullptr && each.scheme == "bearer" && !each.parameter("realm").empty())
      bearer = &each;
    if (basic == nullptr && each.scheme == "basic") basic = &each;
  }
  const Challenge* chosen = bearer != nullptr ? bearer : basic;
  if (chosen == nullptr)
    return refuse(Kind::unauthorized,
                  "does not say how to authenticate; expected WWW-Authenticate with Bearer and a "
                  "realm, or Basic");
  if (challenges_.size() >= most_challenges) challenges_.clear();
  challenges_[name_of(repository)] = *chosen;
  if (chosen == basic) {
    auto authorization = basic_authorization(credentials);
    if (authorization.empty())
      return refuse(Kind::unauthorized, "wants a name and a password, which there are none of");
    return later(std::move(authorization));
  }
  if (!credentials.registry_token.empty())
    return refuse(Kind::unauthorized, "does not take the registry token of " + credentials.origin);
  auto realm = realm_of(repository, *bearer, credentials);
  if (!realm) return refuse(Kind::untrusted, realm.error());
  TokenKey key = key_of(repository, *bearer, credentials);
  tokens_.drop(key);
  const auto asked_at = network_.scheduler.now();
  return std::make_unique<TokenCall>(
      network_, repository.image, key, *std::move(realm),
      [this, key, asked_at, done = std::move(done)](Result<Token, Failure> token) {
        if (!token) return done(token.error());
        tokens_.keep(key, *token, asked_at);
        done("Bearer " + token->value);
      });
}

}  // namespace kip::registry
