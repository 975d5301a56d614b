// What a registry asks for with 401: its WWW-Authenticate header (RFC 9110, section 11.6.1; RFC
// 6750; the distribution project's token specification). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/transport.h"

namespace kip::registry {

struct Challenge {
  std::string scheme;        // in lower case: "bearer", "basic"
  http::Headers parameters;  // realm, service, scope; names in any case, the first of each
  std::string_view parameter(const std::string& name) const;  // "" where there is none
  bool operator==(const Challenge&) const = default;
};

// All challenges of one header, or of several that were joined with commas. Reads as far as it
// makes sense: what follows something that is no challenge is left out.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace kip::registry
