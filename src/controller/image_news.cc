#include "controller/image_news.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "base/log.h"
#include "base/text.h"

namespace kip::controller {

namespace {

constexpr std::size_t shown = 10;  // images that a line of the log names

// Each once, in the order of the list.
std::vector<std::string_view> names_beyond(const std::vector<WantedImage>& list,
                                           const std::vector<WantedImage>& other) {
  std::set<std::string_view> known;
  for (const auto& image : other) known.insert(image.reference.text);
  std::vector<std::string_view> names;
  for (const auto& image : list)
    if (known.insert(image.reference.text).second) names.push_back(image.reference.text);
  return names;
}

}  // namespace

std::string shown_names(const std::vector<std::string_view>& names) {
  const std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), shown)));
  return joined(first) + (names.size() > shown ? ", …" : "");
}

void log_image_news(const char* what, const std::vector<WantedImage>& before,
                    const std::vector<WantedImage>& now, log::Fields more) {
  const auto come = names_beyond(now, before), gone = names_beyond(before, now);
  log::Fields fields = {{"images", now.size()}};
  if (!come.empty()) fields.push_back({"new", shown_names(come)});
  if (!gone.empty()) fields.push_back({"forgotten", shown_names(gone)});
  fields.insert(fields.end(), more.begin(), more.end());
  log::info(what, fields);
}

}  // namespace kip::controller
