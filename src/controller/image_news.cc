#include "controller/image_news.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace kip::controller {

namespace {

constexpr std::size_t shown = 10;  // images that a line of the log names

std::vector<std::string> names_beyond(const std::vector<WantedImage>& list,
                                      const std::vector<WantedImage>& other) {
  std::vector<std::string> names;
  for (const auto& image : list) {
    const auto is_it = [&](const auto& each) { return each.reference == image.reference; };
    if (std::none_of(other.begin(), other.end(), is_it) &&
        (names.empty() || names.back() != image.reference.text))
      names.push_back(image.reference.text);
  }
  return names;
}

}  // namespace

std::string shown_names(std::vector<std::string> names) {
  const std::size_t count = names.size();
  if (count > shown) names.resize(shown);
  return joined(names) + (count > shown ? ", …" : "");
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
