#include "agent/aggregate_options.h"

#include "base/flag_table.h"
#include "base/text.h"

namespace kip::agent {

namespace {

Status read_port(const std::string& text, std::uint16_t& out) {
  const auto port = whole_number(text, 1, 65535);
  if (!port) return permanent(quoted(text) + "; expected a port, from 1 to 65535");
  out = static_cast<std::uint16_t>(*port);
  return Done{};
}

constexpr Flag<AggregateReading> flags[] = {
    {"grpc-port", "PORT", "8443", "Where agents send to.",
     [](const std::string& t, AggregateReading& r) { return read_port(t, r.grpc_port); }},
    {"http-port", "PORT", "8080", "Of /metrics and /healthz.",
     [](const std::string& t, AggregateReading& r) { return read_port(t, r.http_port); }},
    {"debug", "", "false", "Say more.",
     [](const std::string& t, AggregateReading& r) { return read_toggle(t, r.debug); }},
};
constexpr FlagTable<AggregateReading> table{flags};

}  // namespace

AggregateReading read_aggregate_options(const std::vector<std::string>& arguments) {
  Arguments given = table.parse(arguments);
  AggregateReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  table.read(given, reading);
  if (given.knows_positionals) refuse_positionals(given);
  if (given.problems.empty() && reading.grpc_port == reading.http_port)
    given.problems.push_back("--grpc-port and --http-port are both " +
                             std::to_string(reading.grpc_port) + "; expected two ports");
  reading.problems = std::move(given.problems);
  return reading;
}

std::string aggregate_help() {
  return "Usage: image-puller-agent aggregate-metrics [flags]\n\n"
         "Takes what agents send with --metrics-endpoint, keeps it in memory, and serves it until "
         "SIGTERM: GET /metrics is a JSON array, or Prometheus' text for who asks for that.\n\n"
         "Flags:\n" +
         table.help();
}

}  // namespace kip::agent
