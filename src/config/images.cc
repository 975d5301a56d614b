#include "config/images.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "types/dns_name.h"
#include "types/image_reference.h"

namespace kip::config {

namespace {

constexpr auto expected = "; expected name=image";

// What is wrong with an entry, or nothing.
std::string judge(std::string_view entry, CachedImage& image) {
  if (entry.empty()) return std::string("it is empty") + expected;
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos) return kip::quoted(entry) + " has no \"=\"" + expected;
  const auto name = trimmed(entry.substr(0, equals));
  const auto reference = trimmed(entry.substr(equals + 1));
  if (name.empty()) return kip::quoted(entry) + " has no name" + expected;
  if (reference.empty()) return kip::quoted(entry) + " has no image" + expected;
  if (auto good = types::check_dns_label(name); !good) return "the name " + good.error().message;
  if (name == init_container_name)
    return "the name " + kip::quoted(name) + " is taken by the init container; expected another";
  if (auto good = types::parse_image_reference(reference); !good)
    return "the image " + good.error().message;
  image = {std::string(name), std::string(reference)};
  return {};
}

}  // namespace

ImageList parse_images(std::string_view text) {
  ImageList out;
  std::set<std::string, std::less<>> names;
  std::size_t bad = 0;
  std::size_t start = 0;
  for (std::size_t number = 1; start <= text.size(); ++number) {
    const auto end = std::min(text.find(';', start), text.size());
    const auto entry = trimmed(text.substr(start, end - start));
    const auto offset =
        entry.empty() ? start : static_cast<std::size_t>(entry.data() - text.data());
    start = end + 1;
    if (entry.empty() && end == text.size()) break;
    if (bad >= max_listed_problems && entry.find('=') == std::string_view::npos) {
      ++bad;  // a megabyte of separators is counted, not described
      continue;
    }
    CachedImage image;
    auto problem = judge(entry, image);
    if (problem.empty() && !names.insert(image.name).second)
      problem = "the name " + kip::quoted(image.name) + " occurs before; expected each name once";
    if (problem.empty()) {
      out.images.push_back(std::move(image));
    } else if (++bad <= max_listed_problems) {
      out.problems.push_back("entry " + std::to_string(number) + " (byte " +
                             std::to_string(offset + 1) + "): " + problem);
    }
  }
  if (bad > max_listed_problems)
    out.problems.back() = std::to_string(bad - max_listed_problems + 1) + " more bad entries";
  return out;
}

}  // namespace kip::config
