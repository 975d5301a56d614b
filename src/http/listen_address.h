// Where a server is to listen, as Go's net.Listen has it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace kip::http {

struct ListenAddress {
  std::string ip = {};  // "": any
  std::uint16_t port = 8080;
  bool operator==(const ListenAddress&) const = default;
};

// `:8080`, `127.0.0.1:8080`, `[::1]:8080`; "": none.
Result<std::optional<ListenAddress>> parse_listen_address(const std::string& text);

}  // namespace kip::http
