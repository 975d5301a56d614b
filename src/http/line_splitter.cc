#include "http/line_splitter.h"

namespace kip::http {

namespace {

// Memory of a long line is given back; shorter ones keep it, so that a quiet watch never allocates.
constexpr std::size_t kept_bytes = 64 << 10;

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool LineSplitter::feed(std::string_view chunk,
                        const std::function<bool(std::string_view)>& on_line) {
  while (!chunk.empty()) {
    const auto end = chunk.find('\n');
    if (end == std::string_view::npos) {
      if (rest_.size() + chunk.size() > longest_ + 1) return false;  // + 1: it may be the `\r`
      rest_ += chunk;
      return true;
    }
    std::string_view line = chunk.substr(0, end);
    chunk.remove_prefix(end + 1);
    std::string joined;
    if (!rest_.empty()) {
      if (rest_.size() + line.size() > longest_ + 1) return false;
      joined.swap(rest_);
      joined += line;
      line = joined;
    }
    line = without_return(line);
    if (line.size() > longest_) return false;
    const bool more = line.empty() || on_line(line);
    if (!joined.empty() && joined.capacity() <= kept_bytes) {
      joined.clear();
      rest_.swap(joined);
    }
    if (!more) return true;
  }
  return true;
}

}  // namespace kip::http
