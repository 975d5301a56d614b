// The first byte says how long the chunks are: the lines must be the same as of the whole text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/line_splitter.h"

namespace {

std::vector<std::string> lines_of(std::string_view text, std::size_t chunk) {
  kip::http::LineSplitter splitter(64);
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  for (std::size_t i = 0; i < text.size(); i += chunk) {
    if (!splitter.feed(text.substr(i, chunk), take)) break;
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (lines_of(text, data[0] + 1U) != lines_of(text, text.size())) std::abort();
  return 0;
}
