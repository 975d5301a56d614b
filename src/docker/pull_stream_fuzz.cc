// The first byte says how long the pieces are: what is told must be the same as of the whole text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "docker/pull_stream.h"

namespace {

struct Told {
  kip::runtime::Progress progress;
  std::optional<std::string> error;
  bool operator==(const Told&) const = default;
};

Told told_of(std::string_view text, std::size_t piece) {
  kip::docker::PullStream stream;
  for (std::size_t i = 0; i < text.size(); i += piece) stream.feed(text.substr(i, piece));
  auto error = stream.end();
  return {stream.progress(), std::move(error)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(told_of(text, data[0] + 1U) == told_of(text, text.size()))) std::abort();
  return 0;
}
