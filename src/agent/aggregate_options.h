// The command line of `aggregate-metrics`, as image-prefetcher's. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kip::agent {

struct AggregateReading {
  std::uint16_t grpc_port = 8443, http_port = 8080;
  bool debug = false;
  bool wants_help = false;
  std::vector<std::string> problems;  // which argument, what was there, what is expected
};

AggregateReading read_aggregate_options(const std::vector<std::string>& arguments);

std::string aggregate_help();

}  // namespace kip::agent
