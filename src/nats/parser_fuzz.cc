// The first byte says how long the pieces are: what is told must be the same as of the whole text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nats/parser.h"
#include "nats/server_info.h"

namespace {

struct Told {
  std::string events, flaw;
  bool is_between = true;
  bool operator==(const Told&) const = default;
};

Told told_of(std::string_view text, std::size_t piece) {
  Told told;
  const auto tell = [&told](std::string_view what) {
    told.events += what;
    told.events += '\n';
  };
  kip::nats::Parser parser(
      {.line = 200, .message = 100},
      {.on_info =
           [&](std::string_view json) {
             tell(json);
             tell(kip::nats::read_server_info(json) ? "good" : "bad");
           },
       .on_message =
           [&](const kip::nats::Message& message) {
             tell(message.subject);
             tell(message.reply);
             tell(std::to_string(message.sid));
             tell(message.headers);
             tell(message.payload);
           },
       .on_too_large = [&](std::string_view subject, std::uint64_t) { tell(subject); },
       .on_ping = [&] { tell("ping"); },
       .on_pong = [&] { tell("pong"); },
       .on_error = [&](std::string_view words) { tell(words); }});
  for (std::size_t i = 0; i < text.size() && told.flaw.empty(); i += piece)
    told.flaw = parser.feed(text.substr(i, piece));
  told.is_between = parser.is_between();
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(told_of(text, data[0] + 1U) == told_of(text, text.size()))) std::abort();
  return 0;
}
