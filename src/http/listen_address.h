// Where a server is to listen, as Go's net.Listen has it; the flag and the variable for it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace kip::http {

struct ListenAddress {
  std::string ip = {};  // "": any
  std::uint16_t port = 8080;
  bool operator==(const ListenAddress&) const = default;
};

// `:8080`, `127.0.0.1:8080`, `[::1]:8080`; "": none.
Result<std::optional<ListenAddress>> parse_listen_address(const std::string& text);

Status read_listen_address(const std::string& text, std::optional<ListenAddress>& out);
// LISTEN_ADDR, where it is set. What is wrong with it comes to the problems.
void read_listen_address(const Environment& environment, std::optional<ListenAddress>& out,
                         std::vector<std::string>& problems);

}  // namespace kip::http
