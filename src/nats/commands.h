// What a client sends. Pure.
// Source: https://docs.nats.io/reference/reference-protocols/nats-protocol
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/nats.h"

namespace kip::nats {

// With verbose off, so that the server says +OK to nothing.
std::string connect_command(const Credentials& credentials, std::string_view client_name);
std::string subscribe_command(std::string_view subject, std::uint64_t sid);
std::string unsubscribe_command(std::uint64_t sid);
std::string publish_command(std::string_view subject, std::string_view payload);
inline constexpr const char* ping_command = "PING\r\n";
inline constexpr const char* pong_command = "PONG\r\n";

}  // namespace kip::nats
