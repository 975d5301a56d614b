#include "config/images.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "types/dns_name.h"
#include "types/image_reference.h"

namespace kip::config {

namespace {

// A container beside its name and image. In a stored DaemonSet it is 735 bytes (measured with
// Kubernetes 1.34), and its annotation 160; the rest is for its status, as the pod that is made of
// it is one object, too. The name comes four times: both have it in managedFields as well.
constexpr std::size_t bytes_per_container = 1400;

// `found` and `expected` are for messages.
Result<CachedImage> image_of(std::string_view name, std::string_view reference,
                             const std::string& found, const std::string& expected) {
  name = trimmed(name);
  reference = trimmed(reference);
  if (name.empty()) return permanent(found + " has no name" + expected);
  if (reference.empty()) return permanent(found + " has no image" + expected);
  if (auto good = types::check_dns_label(name); !good)
    return permanent("the name " + good.error().message);
  if (name == init_container_name)
    return permanent("the name " + kip::quoted(name) +
                     " is taken by the init container; expected another");
  auto parsed = types::parse_image_reference(reference);
  if (!parsed) return permanent("the image " + parsed.error().message);
  return CachedImage{std::string(name), std::move(*parsed)};
}

Result<CachedImage> image_of(std::string_view entry) {
  const std::string expected = "; expected name=image";
  if (entry.empty()) return permanent("it is empty" + expected);
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos)
    return permanent(kip::quoted(entry) + " has no \"=\"" + expected);
  return image_of(entry.substr(0, equals), entry.substr(equals + 1), kip::quoted(entry), expected);
}

Result<CachedImage> image_of(const json& entry) {
  const std::string expected = "; expected an object with name and image";
  const std::string found = kip::quoted(to_text(entry));
  if (!entry.is_object()) return permanent("found " + found + expected);
  return image_of(string_at(entry, "/name"), string_at(entry, "/image"), found, expected);
}

// Takes one entry after another, and tells the first of those that are bad.
class Collector {
 public:
  void add(const std::string& place, Result<CachedImage> image) {
    if (!image) return refuse(place, image.error().message);
    if (!names_.insert(image->name).second)
      return refuse(place, "the name " + kip::quoted(image->name) +
                               " occurs before; expected each name once");
    list_.images.push_back(std::move(*image));
  }

  bool is_full() const { return bad_ >= max_listed_problems; }
  void count_bad() { ++bad_; }

  ImageList list() {
    if (bad_ > max_listed_problems)
      list_.problems.back() = std::to_string(bad_ - max_listed_problems + 1) + " more bad entries";
    return std::move(list_);
  }

 private:
  void refuse(const std::string& place, const std::string& problem) {
    if (++bad_ <= max_listed_problems) list_.problems.push_back("entry " + place + ": " + problem);
  }

  ImageList list_;
  std::set<std::string, std::less<>> names_;
  std::size_t bad_ = 0;
};

}  // namespace

ImageList parse_images(std::string_view text) {
  Collector collector;
  std::size_t start = 0;
  for (std::size_t number = 1; start <= text.size(); ++number) {
    const auto end = std::min(text.find(';', start), text.size());
    const auto entry = trimmed(text.substr(start, end - start));
    const auto offset =
        entry.empty() ? start : static_cast<std::size_t>(entry.data() - text.data());
    start = end + 1;
    if (entry.empty() && end == text.size()) break;
    if (collector.is_full() && entry.find('=') == std::string_view::npos) {
      collector.count_bad();  // a megabyte of separators is counted, not described
      continue;
    }
    collector.add(std::to_string(number) + " (byte " + std::to_string(offset + 1) + ")",
                  image_of(entry));
  }
  return collector.list();
}

ImageList images_of(const json& list) {
  Collector collector;
  for (std::size_t i = 0; i < list.size(); ++i)
    collector.add(std::to_string(i + 1), image_of(list[i]));
  return collector.list();
}

std::size_t bytes_of(const std::vector<CachedImage>& images) {
  std::size_t bytes = 0;
  for (const auto& image : images)
    bytes += bytes_per_container + 4 * image.name.size() + image.reference.text.size();
  return bytes;
}

}  // namespace kip::config
