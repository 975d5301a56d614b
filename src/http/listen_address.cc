#include "http/listen_address.h"

#include "base/flag_table.h"
#include "base/host_and_port.h"
#include "base/text.h"

namespace kip::http {

Result<std::optional<ListenAddress>> parse_listen_address(const std::string& text) {
  if (text.empty()) return std::optional<ListenAddress>();
  const Error wrong = permanent(quoted(text) + "; expected [IP]:port, such as \":8080\"");
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong;
  std::string ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
  const auto port = whole_number(text.substr(colon + 1), 1, 65535);
  if (!port || (!ip.empty() && !is_ip_address(ip))) return wrong;
  if (ip == "0.0.0.0" || ip == "::") ip.clear();
  return std::optional(ListenAddress{ip, static_cast<std::uint16_t>(*port)});
}

Status read_listen_address(const std::string& text, std::optional<ListenAddress>& out) {
  auto address = parse_listen_address(text);
  if (!address) return address.error();
  out = *std::move(address);
  return Done{};
}

void read_listen_address(const Environment& environment, std::optional<ListenAddress>& out,
                         std::vector<std::string>& problems) {
  constexpr const char* variable = "LISTEN_ADDR";
  const std::string text = value_of(environment, variable);
  if (text.empty()) return;
  if (const auto read = read_listen_address(text, out); !read)
    problems.push_back(std::string(variable) + ": " + read.error().message);
}

}  // namespace kip::http
