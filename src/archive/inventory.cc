#include "archive/inventory.h"

#include <algorithm>
#include <utility>

#include "archive/layout.h"

namespace kip::archive {

namespace {

// What the archive itself says of it. Its platform is one of the settings' words, where it fits;
// the digest of its tag is known only where that is the manifest's own.
Recorded recognized(const Marked& marked, const Folder::State& state,
                    const BuildSettings& settings) {
  Recorded out{.mark = marked.mark, .bytes = state.bytes, .modified = state.modified};
  if (types::fitness(marked.platform, settings.platform) > 0)
    out.platform = settings.platform.text();
  return out;
}

}  // namespace

Record take_inventory(Record record, const Folder& folder, const std::vector<NamedImage>& images,
                      const BuildSettings& settings) {
  const auto is_wanted = [&](const std::string& file) {
    return std::any_of(images.begin(), images.end(),
                       [&](const NamedImage& each) { return each.name.file == file; });
  };
  for (auto each = record.archives.begin(); each != record.archives.end();) {
    auto& [file, recorded] = *each;
    const auto state = folder.state(file);
    const bool is_same =
        state && state->bytes == recorded.bytes && state->modified == recorded.modified;
    const auto marked = state && !is_same ? folder.marked(file) : std::nullopt;
    if (marked) {  // what else is recorded may be of another
      Recorded now = recognized(*marked, *state, settings);
      now.image = recorded.image;
      now.old_file = recorded.old_file;
      recorded = std::move(now);
    }
    if (!is_same && !marked && !recorded.old_file.empty() && !is_wanted(file))
      folder.remove_link(recorded.old_file, file);
    each = is_same || marked ? std::next(each) : record.archives.erase(each);
  }
  for (const auto& [image, name] : images) {
    auto found = record.archives.find(name.file);
    if (found == record.archives.end()) {
      const auto state = folder.state(name.file);
      const auto marked = state ? folder.marked(name.file) : std::nullopt;
      if (!marked) continue;
      found = record.archives.emplace(name.file, recognized(*marked, *state, settings)).first;
      found->second.image = image.text;
    }
    Recorded& recorded = found->second;
    if (!image.digest.empty() && recorded.digest.empty() &&
        manifest_of(recorded.mark) == image.digest)
      recorded.digest = image.digest;
  }
  return record;
}

bool is_of(const Recorded& recorded, const NamedImage& image, const BuildSettings& settings) {
  const std::string begin = std::string(to_text(settings.format)) + " ";
  const std::string& tag = image.name.repo_tag;
  const std::string end = tag.empty() ? "" : " " + tag;
  const bool has_tag = std::count(recorded.mark.begin(), recorded.mark.end(), ' ') > 1;
  return recorded.platform == settings.platform.text() && recorded.mark.starts_with(begin) &&
         recorded.mark.ends_with(end) && has_tag == !tag.empty() &&
         (image.image.digest.empty() || recorded.digest == image.image.digest);
}

}  // namespace kip::archive
