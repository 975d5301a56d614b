#include "agent/aggregate_options.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "base/go_flags.h"
#include "base/text.h"

namespace kip::agent {

namespace {

Status read_port(const std::string& text, std::uint16_t& out) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || port == 0)
    return permanent(quoted(text) + "; expected a port, from 1 to 65535");
  out = port;
  return Done{};
}

Status read(const GivenFlag& flag, AggregateReading& reading) {
  if (flag.name == "grpc-port") return read_port(flag.value, reading.grpc_port);
  if (flag.name == "http-port") return read_port(flag.value, reading.http_port);
  const auto value = parse_go_bool(flag.value);
  if (!value) return value.error();
  reading.debug = *value;
  return Done{};
}

}  // namespace

AggregateReading read_aggregate_options(const std::vector<std::string>& arguments) {
  Arguments given = parse_go_flags(arguments, [](std::string_view name) {
    const bool is_port = name == "grpc-port" || name == "http-port";
    if (is_port) return std::optional(FlagKind::text);
    return name == "debug" ? std::optional(FlagKind::toggle) : std::nullopt;
  });
  AggregateReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  for (const auto& flag : given.flags)
    if (const auto status = read(flag, reading); !status)
      given.problems.push_back("--" + flag.name + ": " + status.error().message);
  if (given.knows_positionals)
    for (const auto& each : given.positionals)
      given.problems.push_back(quoted(each) + " is not expected");
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
         "Flags:\n"
         "  --grpc-port PORT\n      Where agents send to. Default: 8443.\n"
         "  --http-port PORT\n      Of /metrics and /healthz. Default: 8080.\n"
         "  --debug\n      Say more. Default: false.\n";
}

}  // namespace kip::agent
