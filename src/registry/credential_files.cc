#include "registry/credential_files.h"

#include <filesystem>

#include "loop/watched_file.h"
#include "registry/docker_config.h"

namespace kip::registry {

namespace {

namespace fs = std::filesystem;

// Docker's own config.json is as the newer one.
SecretKind kind_of(const std::string& path) {
  return path.ends_with(data_key(SecretKind::dockercfg)) ? SecretKind::dockercfg
                                                         : SecretKind::dockerconfigjson;
}

std::vector<std::string> files_at(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> files;
  for (const SecretKind kind : {SecretKind::dockerconfigjson, SecretKind::dockercfg}) {
    const fs::path file = fs::path(path) / data_key(kind);
    if (fs::exists(file, failed)) files.push_back(file.string());
  }
  return files;
}

}  // namespace

Status add_credentials(const std::string& path, Keyring& keyring,
                       std::vector<std::string>& warnings) {
  const std::vector<std::string> files = files_at(path);
  if (files.empty())
    warnings.push_back("there are no credentials in " + path +
                       "; expected a mounted Secret with .dockerconfigjson or .dockercfg");
  for (const auto& file : files) {
    const auto text = read_small_file(file, "the file of credentials");
    if (!text) return text.error();
    const auto config = parse_docker_config(*text, kind_of(file), "file " + file);
    warnings.insert(warnings.end(), config.problems.begin(), config.problems.end());
    keyring.add(config);
  }
  return Done{};
}

}  // namespace kip::registry
