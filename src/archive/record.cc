#include "archive/record.h"

#include "base/json.h"

namespace kip::archive {

std::string to_text(const Record& record) {
  nlohmann::ordered_json root = {{"version", 1}};
  if (record.finished) root["finished"] = to_rfc3339(*record.finished);
  if (!record.list.empty()) root["list"] = record.list;
  auto& archives = root["archives"] = nlohmann::ordered_json::object();
  for (const auto& [file, of] : record.archives) {
    archives[file] = {{"image", of.image},   {"platform", of.platform}, {"mark", of.mark},
                      {"digest", of.digest}, {"bytes", of.bytes},       {"modified", of.modified}};
    if (!of.old_file.empty()) archives[file]["link"] = of.old_file;
  }
  if (!record.too_large.empty()) root["tooLarge"] = record.too_large;
  return root.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Record parse_record(std::string_view text) {
  const json root = parse_json(text);
  Record record;
  record.finished = from_rfc3339(string_at(root, "/finished"));
  record.list = string_at(root, "/list");
  for (const auto& [file, of] : object_at(root, "/archives").items()) {
    std::string old_file = string_at(of, "/link");
    if (!stays_below(file) || !(old_file.empty() || stays_below(old_file))) continue;
    record.archives[file] = {.image = string_at(of, "/image"),
                             .platform = string_at(of, "/platform"),
                             .mark = string_at(of, "/mark"),
                             .digest = string_at(of, "/digest"),
                             .old_file = std::move(old_file),
                             .bytes = static_cast<std::uint64_t>(int_at(of, "/bytes")),
                             .modified = int_at(of, "/modified")};
  }
  for (const auto& [digest, bytes] : object_at(root, "/tooLarge").items())
    if (bytes.is_number_unsigned()) record.too_large[digest] = bytes.get<std::uint64_t>();
  return record;
}

bool stays_below(std::string_view path) {
  for (;;) {
    const auto part = path.substr(0, path.find('/'));
    if (part.empty() || part[0] == '.' || part.find('\0') != std::string_view::npos) return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
}

}  // namespace kip::archive
