#include "agent/image_list.h"

#include <algorithm>

#include "base/text.h"

namespace kip::agent {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void add(ImageList& list, std::string_view text, const std::string& where,
         std::string_view name = {}) {
  auto image = types::parse_image_reference(text);
  if (!image) {
    list.problems.push_back(where + ": " + image.error().message);
    return;
  }
  const bool is_new = list.full_names.insert(image->full()).second;
  if (!is_new && name.empty()) return;
  list.images.push_back(*std::move(image));
  list.names.emplace_back(name);
}

}  // namespace

void add_lines(ImageList& list, std::string_view text, const std::string& origin) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && !line.starts_with('#'))
      add(list, line, origin + ":" + std::to_string(number));
  }
}

void add_arguments(ImageList& list, const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    const std::string_view text = trimmed(argument);
    const auto equals = text.find('=');  // no reference has one
    if (equals == std::string_view::npos)
      add(list, text, "argument");
    else
      add(list, text.substr(equals + 1), "argument", text.substr(0, equals));
  }
}

}  // namespace kip::agent
