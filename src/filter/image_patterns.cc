#include "filter/image_patterns.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace kip::filter {

namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr const char* expected =
    "expected an image, contains:TEXT, prefix:TEXT or regex:EXPRESSION";

bool is_of(const types::ImageReference& wanted, const types::ImageReference& image) {
  if (wanted.repository() != image.repository()) return false;
  if (wanted.tag.empty() && wanted.digest.empty()) return true;
  return wanted.tag == image.tag && wanted.digest == image.digest;
}

}  // namespace

Result<ImagePatterns::Pattern> ImagePatterns::parse_one(std::string_view entry) {
  const auto after = [&](std::string_view word) { return std::string(entry.substr(word.size())); };
  for (const std::string_view word : {"contains:", "prefix:", "regex:"})
    if (entry == word)
      return permanent(quoted(entry) + " has nothing behind the colon; " + expected);
  if (entry.starts_with("contains:")) return Pattern(Contains{after("contains:")});
  if (entry.starts_with("prefix:")) return Pattern(Prefix{after("prefix:")});
  if (entry.starts_with("regex:")) {
    auto regex = Regex::parse(entry.substr(std::string_view("regex:").size()));
    if (!regex) return regex.error();
    return Pattern(*std::move(regex));
  }
  auto image = types::parse_image_reference(entry);
  if (!image) return permanent(image.error().message + " (" + expected + ")");
  return Pattern(std::move(*image));
}

Result<ImagePatterns> ImagePatterns::parse(std::string_view text) {
  ImagePatterns found;
  std::size_t start = text.find_first_not_of(white_space);
  for (std::size_t number = 1; start != std::string_view::npos; ++number) {
    if (number > max_patterns)
      return permanent("there are more than " + std::to_string(max_patterns) +
                       " entries; expected fewer, such as a regular expression for several");
    const auto end = std::min(text.find_first_of(white_space, start), text.size());
    auto pattern = parse_one(text.substr(start, end - start));
    if (!pattern)
      return permanent("entry " + std::to_string(number) + ": " + pattern.error().message);
    found.patterns_.push_back(std::move(*pattern));
    start = text.find_first_not_of(white_space, end);
  }
  return found;
}

bool ImagePatterns::match(const types::ImageReference& image) const {
  if (patterns_.empty()) return false;
  const std::string full = image.full();
  const auto in_either = [&](auto is_it) { return is_it(image.text) || is_it(full); };
  struct Judge {
    const types::ImageReference& image;
    const decltype(in_either)& either;
    bool operator()(const types::ImageReference& wanted) const { return is_of(wanted, image); }
    bool operator()(const Contains& wanted) const {
      return either(
          [&](const std::string& text) { return text.find(wanted.part) != std::string::npos; });
    }
    bool operator()(const Prefix& wanted) const {
      return either([&](const std::string& text) { return text.starts_with(wanted.begin); });
    }
    bool operator()(const Regex& wanted) const {
      return either([&](const std::string& text) { return wanted.matches(text); });
    }
  };
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return std::visit(Judge{image, in_either}, pattern);
  });
}

}  // namespace kip::filter
