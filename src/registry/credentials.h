// What a registry is shown to let us in. A plain value, and a secret: only `origin` may be shown.
#pragma once

#include <compare>
#include <string>
#include <tuple>

namespace kip::registry {

struct Credentials {
  std::string username = {}, password = {};
  std::string identity_token = {};  // an OAuth2 refresh token, for the registry's token server
  std::string registry_token = {};  // a bearer token for the registry itself
  std::string origin = {};          // for messages: `secret "che/pull"`

  // What a registry sees.
  std::tuple<const std::string&, const std::string&, const std::string&, const std::string&> shown()
      const {
    return {username, password, identity_token, registry_token};
  }
  bool is_anonymous() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }

  // Where they come from makes no other answer.
  bool operator==(const Credentials& other) const { return shown() == other.shown(); }
  auto operator<=>(const Credentials& other) const { return shown() <=> other.shown(); }
};

}  // namespace kip::registry
