// What a connection to a server may take. Plain values.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "nats/parser.h"

namespace kip::nats {

struct ConnectionLimits {
  Duration set_up = std::chrono::seconds(5);  // of an address, until it can be used
  // A PING is sent this often; a server that has not answered one when the next is due is gone.
  Duration ping = std::chrono::seconds(20);
  std::size_t output = 1 << 20;  // bytes that wait for the server to take them
  Parser::Limits input = {};
};

}  // namespace kip::nats
