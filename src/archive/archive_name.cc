#include "archive/archive_name.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"

namespace kip::archive {

namespace {

constexpr const char* default_tag = "latest";

// Bytes; of every file system of Linux that is in use (NAME_MAX).
constexpr std::size_t longest_name = 255;

// "selenium/x" of "hub/selenium/x".
std::string_view last_two(std::string_view name) {
  const auto last = name.rfind('/');
  if (last == std::string_view::npos || last == 0) return name;
  const auto before = name.rfind('/', last - 1);
  return before == std::string_view::npos ? name : name.substr(before + 1);
}

// As it was written, without tag and digest.
std::string written_name(const types::ImageReference& image) {
  std::string name = image.text.substr(0, image.text.find('@'));
  if (!image.tag.empty()) name.resize(name.size() - image.tag.size() - 1);
  return name;
}

bool has_port(std::string_view domain) {
  return domain.find(':', domain.starts_with('[') ? domain.find(']') : 0) != std::string_view::npos;
}

// The chart cut a reference at its colons: what stood before the first was the name, what stood up
// to the next the tag. Empty for an IPv6 address, of which nothing is left then.
std::string old_name(const std::string& text) {
  if (text.starts_with('[')) return "";
  const auto colon = text.find(':');
  const std::string name(last_two(std::string_view(text).substr(0, colon)));
  if (colon == std::string::npos) return name + "_" + default_tag + ".tar";
  const auto end = std::min(text.find(':', colon + 1), text.size());
  return name + "_" + text.substr(colon + 1, end - colon - 1) + ".tar";
}

bool can_be_a_path(const std::string& path) {
  const auto parts = split(path, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [](const auto& part) { return part.size() <= longest_name; });
}

bool is_the_same(const types::ImageReference& a, const types::ImageReference& b) {
  const auto tag = [](const types::ImageReference& image) {
    return image.tag.empty() && image.digest.empty() ? default_tag : image.tag;
  };
  return a.repository() == b.repository() && tag(a) == tag(b) && a.digest == b.digest;
}

}  // namespace

const char* to_text(Format format) {
  return format == Format::docker_archive ? "docker-archive" : "oci-archive";
}

ArchiveName archive_name(const types::ImageReference& image, Format format) {
  const std::string written = written_name(image);
  std::string_view name = written;
  if (has_port(image.domain) && name.starts_with(image.domain))
    name.remove_prefix(image.domain.size() + 1);

  ArchiveName out;
  const bool has_only_a_digest = image.tag.empty() && !image.digest.empty();
  out.file = std::string(last_two(name));
  if (has_only_a_digest) {
    std::string digest = image.digest;
    std::replace(digest.begin(), digest.end(), ':', '_');
    out.file += "@" + digest + ".tar";
  } else {
    out.tag = image.tag.empty() ? default_tag : image.tag;
    out.file += "_" + out.tag + ".tar";
    out.repo_tag = written + ":" + out.tag;
    out.full_name = image.repository() + ":" + out.tag;
  }
  if (format == Format::oci_archive) {
    std::replace(out.file.begin(), out.file.end(), '/', '_');
  } else if (std::string old = old_name(image.text); old != out.file) {
    out.old_file = std::move(old);
  }
  return out;
}

NamedImages name_all(const std::vector<types::ImageReference>& images, Format format) {
  NamedImages named;
  std::map<std::string, types::ImageReference> files;
  for (const auto& image : images) {
    ArchiveName name = archive_name(image, format);
    if (!can_be_a_path(name.file)) {
      named.refused.push_back(quoted(image.text, 300) + " would be in " + quoted(name.file, 300) +
                              "; a file's name has at most " + std::to_string(longest_name) +
                              " bytes");
      continue;
    }
    const auto [found, is_new] = files.emplace(name.file, image);
    if (is_new)
      named.images.push_back({image, std::move(name)});
    else if (!is_the_same(found->second, image))
      named.refused.push_back(quoted(found->second.text, 300) + " and " + quoted(image.text, 300) +
                              " would both be in " + quoted(name.file, 300) +
                              "; only the first is written");
  }
  std::set<std::string> old_files;
  for (auto& [image, name] : named.images)
    if (files.contains(name.old_file) || !can_be_a_path(name.old_file) ||
        !old_files.insert(name.old_file).second)
      name.old_file.clear();
  return named;
}

}  // namespace kip::archive
