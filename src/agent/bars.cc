#include "agent/bars.h"

#include <algorithm>
#include <cmath>

#include "base/byte_text.h"

namespace kip::agent {

namespace {

constexpr std::size_t most_images = 10;
constexpr std::size_t least_width = 20, longest_name = 50, longest_bar = 30;

// The end of a name tells more than its begin.
std::string fitted(const std::string& name, std::size_t width) {
  if (name.size() <= width) return name + std::string(width - name.size(), ' ');
  return width <= 3 ? name.substr(name.size() - width)
                    : "..." + name.substr(name.size() - (width - 3));
}

std::string bar(const runtime::Progress& bytes, std::size_t width) {
  if (bytes.total == 0) return std::string(width, ' ');
  const double part =
      std::min(1.0, static_cast<double>(bytes.done) / static_cast<double>(bytes.total));
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  std::string text(full, '=');
  if (full < width) text += '>';
  return text + std::string(width - text.size(), ' ');
}

std::string words(const runtime::Progress& bytes) {
  if (bytes.total == 0) return "...";
  return byte_text(bytes.done) + " of " + byte_text(bytes.total);
}

std::string words(const TotalProgress& all) {
  std::string text = words(runtime::Progress{all.done, all.total});
  if (all.rate > 0)
    text += ", " + byte_text(static_cast<std::uint64_t>(std::llround(all.rate))) + "/s";
  if (const auto left = all.left(); left && *left > Duration::zero())
    text += ", " + to_text(*left) + " left";
  return text;
}

struct Line {
  std::string name;
  runtime::Progress bytes;
  std::string words;
};

}  // namespace

std::vector<std::string> bars(const TotalProgress& progress, std::size_t width) {
  std::vector<Line> lines;
  for (const auto& [image, bytes] : progress.under_way) {
    if (lines.size() == most_images) break;
    lines.push_back({image, bytes, words(bytes)});
  }
  std::string images =
      std::to_string(progress.ended) + " of " + std::to_string(progress.images) + " images";
  if (progress.under_way.size() > most_images)
    images += ", " + std::to_string(progress.under_way.size()) + " under way";
  lines.push_back({std::move(images), {progress.done, progress.total}, words(progress)});

  // The last column stays free: a terminal would go on to the next line.
  const std::size_t room = std::max(width, least_width) - 1;
  std::size_t longest = 0, longest_words = 0;
  for (const auto& line : lines) {
    longest = std::max(longest, line.name.size());
    longest_words = std::max(longest_words, line.words.size());
  }
  const std::size_t for_name = std::min({longest, longest_name, room / 3});
  const std::size_t beside = for_name + longest_words + 4;  // " [", "] "
  const std::size_t for_bar = room > beside ? std::min(room - beside, longest_bar) : 0;
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    std::string text = fitted(line.name, for_name) + " ";
    if (for_bar > 2) text += "[" + bar(line.bytes, for_bar) + "] ";
    texts.push_back((text + line.words).substr(0, room));
  }
  return texts;
}

}  // namespace kip::agent
