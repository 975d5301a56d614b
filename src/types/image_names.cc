#include "types/image_names.h"

#include <map>

#include "base/text.h"
#include "types/dns_name.h"

namespace kip::types {

namespace {

constexpr std::size_t shown_of_digest = 12;  // as Docker shows an image ID

std::string name_of(const ImageReference& image, NameForm form) {
  const std::string last = image.path.substr(image.path.rfind('/') + 1);  // npos + 1 is 0
  if (form == NameForm::repository) return dns_label_of(last);
  if (form == NameForm::tag) {
    const auto colon = image.digest.find(':');
    return dns_label_of(last + "-" +
                        (image.digest.empty() ? image.tag.empty() ? "latest" : image.tag
                                              : image.digest.substr(colon + 1, shown_of_digest)));
  }
  const std::string sum = checksum(image.full());
  return dns_label_of(last, longest_label - 1 - sum.size()) + "-" + sum;
}

}  // namespace

std::vector<std::string> names_of(const std::vector<ImageReference>& images,
                                  const std::set<std::string>& taken, NameForm shortest) {
  std::vector<NameForm> forms(images.size(), shortest);
  while (true) {
    std::vector<std::string> names;
    std::map<std::string, int> count;
    for (std::size_t i = 0; i < images.size(); ++i)
      ++count[names.emplace_back(name_of(images[i], forms[i]))];
    bool are_good = true;
    for (std::size_t i = 0; i < images.size(); ++i)
      if ((count[names[i]] > 1 || taken.contains(names[i])) && forms[i] < NameForm::checksum) {
        forms[i] = forms[i] == NameForm::repository ? NameForm::tag : NameForm::checksum;
        are_good = false;
      }
    if (are_good) return names;
  }
}

}  // namespace kip::types
