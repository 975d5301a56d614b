#include "discovery/image_names.h"

#include <map>

#include "base/text.h"

namespace kip::discovery {

namespace {

constexpr std::size_t longest = 63;          // of a DNS label
constexpr std::size_t shown_of_digest = 12;  // as Docker shows an image ID
constexpr int last_form = 2;

// At most `limit` bytes of a DNS label; empty where nothing is left.
std::string label(const std::string& text, std::size_t limit) {
  std::string name;
  for (const char c : lowered(text)) {
    const bool is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_good || (!name.empty() && name.back() != '-')) name += is_good ? c : '-';
  }
  name = name.substr(0, limit);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

// From the shortest to one that no other image has.
std::string name_of(const types::ImageReference& image, int form) {
  std::string last = image.path.substr(image.path.rfind('/') + 1);  // npos + 1 is 0
  if (form == 0) return label(last, longest);
  if (form == 1) {
    const auto colon = image.digest.find(':');
    return label(last + "-" +
                     (image.digest.empty() ? image.tag.empty() ? "latest" : image.tag
                                           : image.digest.substr(colon + 1, shown_of_digest)),
                 longest);
  }
  const std::string sum = checksum(image.full());
  return label(last, longest - 1 - sum.size()) + "-" + sum;
}

}  // namespace

std::vector<std::string> names_of(const std::vector<types::ImageReference>& images,
                                  const std::set<std::string>& taken) {
  std::vector<int> forms(images.size(), 0);
  while (true) {
    std::vector<std::string> names;
    std::map<std::string, int> count;
    for (std::size_t i = 0; i < images.size(); ++i)
      ++count[names.emplace_back(name_of(images[i], forms[i]))];
    bool are_good = true;
    for (std::size_t i = 0; i < images.size(); ++i)
      if ((count[names[i]] > 1 || taken.contains(names[i])) && forms[i] < last_form) {
        ++forms[i];
        are_good = false;
      }
    if (are_good) return names;
  }
}

}  // namespace kip::discovery
