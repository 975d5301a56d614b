#include "registry/token.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"

namespace kip::registry {

using namespace std::chrono_literals;

namespace {

constexpr auto shortest_life = 60s;    // without expires_in, and at the least: the specification
constexpr auto longest_life = 24h;     // somebody's mistake in a unit
constexpr Duration least_slack = 10s;  // for a request that is on its way, and clocks
constexpr std::size_t most_kept = 1000;
constexpr std::size_t longest_token = 64 << 10;  // registries take headers of 8 to 64 KiB

// What a header can carry (RFC 6750's b64token, and a little more).
bool is_token(const std::string& text) {
  return !text.empty() && text.size() <= longest_token &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::string basic_authorization(const Credentials& credentials) {
  if (credentials.username.empty() && credentials.password.empty()) return "";
  return "Basic " + to_base64(credentials.username + ":" + credentials.password);
}

TokenRequest get_token(const TokenKey& key, Target realm) {
  TokenRequest out;
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += "&" + std::string(name) + "=" + percent_encoded(value);
  };
  add("service", key.service);
  for (const auto& scope : split(key.scope, ' ')) add("scope", scope);
  if (!query.empty() && realm.path.find('?') == std::string::npos) query[0] = '?';
  realm.path += query;
  out.target = std::move(realm);
  Credentials shown = key.credentials;
  if (shown.password.empty()) shown.password = shown.identity_token;
  out.authorization = basic_authorization(shown);
  return out;
}

TokenRequest post_token(const TokenKey& key, Target realm) {
  TokenRequest out;
  out.target = std::move(realm);
  out.request.method = "POST";
  out.request.content_type = "application/x-www-form-urlencoded";
  out.request.body = "grant_type=refresh_token&client_id=kubernetes-image-puller&service=" +
                     percent_encoded(key.service) + "&scope=" + percent_encoded(key.scope) +
                     "&refresh_token=" + percent_encoded(key.credentials.identity_token);
  return out;
}

Result<Token> parse_token(const std::string& body) {
  const json root = parse_json(body);
  if (!root.is_object()) return permanent("is no object of JSON");
  Token out;
  out.value = string_at(root, "/token");
  if (out.value.empty()) out.value = string_at(root, "/access_token");
  if (out.value.empty()) return permanent("has neither \"token\" nor \"access_token\"");
  if (!is_token(out.value)) return permanent("has a token that no header can carry");
  const auto seconds =
      std::clamp<std::int64_t>(int_at(root, "/expires_in"), shortest_life / 1s, longest_life / 1s);
  out.lifetime = std::chrono::seconds(seconds);
  return out;
}

std::optional<std::string> TokenCache::find(const TokenKey& key, SteadyTime now) const {
  const auto found = tokens_.find(key);
  if (found == tokens_.end() || found->second.until <= now) return std::nullopt;
  return found->second.value;
}

void TokenCache::keep(const TokenKey& key, const Token& token, SteadyTime asked_at) {
  if (tokens_.size() >= most_kept) {
    std::erase_if(tokens_, [&](const auto& each) { return each.second.until <= asked_at; });
    if (tokens_.size() >= most_kept) tokens_.clear();
  }
  const Duration slack = std::max<Duration>(least_slack, token.lifetime / 10);
  tokens_[key] = {token.value, asked_at + token.lifetime - slack};
}

}  // namespace kip::registry
