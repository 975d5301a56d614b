// What a registry is shown to let us in. A plain value, and a secret: only `origin` may be shown.
#pragma once

#include <compare>
#include <string>

namespace kip::registry {

struct Credentials {
  std::string username = {}, password = {};
  std::string identity_token = {};  // an OAuth2 refresh token, for the registry's token server
  std::string registry_token = {};  // a bearer token for the registry itself
  std::string origin = {};          // for messages: `secret "che/pull"`

  bool is_anonymous() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }
  auto operator<=>(const Credentials&) const = default;
};

}  // namespace kip::registry
