#include "agent/done_file.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "loop/watched_file.h"

namespace kip::agent {

std::vector<std::string> read_done_file(const std::string& path) {
  if (path.empty()) return {};
  const auto text = read_small_file(path, "the file of what is done");
  return text ? split(*text, '\n') : std::vector<std::string>();
}

bool add_to_done_file(const std::string& path, const std::vector<ImageResult>& results) {
  std::vector<std::string> done = read_done_file(path);
  for (const auto& result : results)
    if (!result.failure && std::find(done.begin(), done.end(), result.image) == done.end())
      done.push_back(result.image);
  std::ofstream file(path, std::ios::trunc);
  for (const auto& reference : done) file << reference << '\n';
  file.flush();
  return bool(file);
}

}  // namespace kip::agent
