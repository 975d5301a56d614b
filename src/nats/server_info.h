// What a server says of itself in INFO. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kip::nats {

struct ServerInfo {
  std::string version;  // "2.9.10"
  bool tls_required = false;
  bool tls_available = false;
  bool auth_required = false;
  bool has_headers = false;
  std::uint64_t max_payload = 1 << 20;  // bytes that a message may have
};

// Nothing: it is no object of JSON.
std::optional<ServerInfo> read_server_info(std::string_view text);

}  // namespace kip::nats
