#include "nats/server_info.h"

#include "base/json.h"

namespace kip::nats {

namespace {

bool is_true(const json& info, std::string_view path) {
  const json& value = at(info, path);
  return value.is_boolean() && value.get<bool>();
}

}  // namespace

std::optional<ServerInfo> read_server_info(std::string_view text) {
  const json info = parse_json(text);
  if (!info.is_object()) return std::nullopt;
  ServerInfo read;
  read.version = string_at(info, "/version");
  read.tls_required = is_true(info, "/tls_required");
  read.tls_available = is_true(info, "/tls_available");
  read.auth_required = is_true(info, "/auth_required");
  read.has_headers = is_true(info, "/headers");
  if (const auto most = int_at(info, "/max_payload"); most > 0)
    read.max_payload = static_cast<std::uint64_t>(most);
  return read;
}

}  // namespace kip::nats
