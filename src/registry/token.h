// What a token server is asked, and what it answers (the distribution project's token
// specification, and its OAuth2 form). Pure over text; the cache is a plain value. All of it is
// secret but for names.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "http/transport.h"
#include "registry/credentials.h"
#include "registry/endpoint.h"

namespace kip::registry {

// What a token is good for.
struct TokenKey {
  std::string realm, service, scope;
  Credentials credentials;
  auto operator<=>(const TokenKey&) const = default;
};

// `Basic …` of name and password; "" without either.
std::string basic_authorization(const Credentials& credentials);

// GET: the target's path gets the query, and `authorization` is Basic where there are credentials.
// An identity token that no POST took stands in for a password.
struct TokenRequest {
  Target target;
  http::Request request;
  std::string authorization;
};
TokenRequest get_token(const TokenKey& key, Target realm);
// POST with the identity token, by OAuth2.
TokenRequest post_token(const TokenKey& key, Target realm);

struct Token {
  std::string value;
  Duration lifetime;  // from when it was asked for
};
// Of the body of a 200: `token` or `access_token`, `expires_in` seconds (60 without it, and at the
// least, as the specification has it). The Error says what is missing, and shows nothing.
Result<Token> parse_token(const std::string& body);

class TokenCache {
 public:
  // A token that is good for some time yet.
  std::optional<std::string> find(const TokenKey& key, SteadyTime now) const;
  void keep(const TokenKey& key, const Token& token, SteadyTime asked_at);
  void drop(const TokenKey& key) { tokens_.erase(key); }

 private:
  struct Kept {
    std::string value;
    SteadyTime until;
  };
  std::map<TokenKey, Kept> tokens_;
};

}  // namespace kip::registry
