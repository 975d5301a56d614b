// Entries of kubeconfig files and the reading of their fields; every problem is collected, none
// stops the reading. Used by kubeconfig.cc alone, inside its handler for yaml-cpp's exceptions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "kube/access/access.h"
#include "kube/access/kubeconfig.h"

namespace kip::kube {

// The map behind one name, and where it stands. `body` may be null for an absent one.
struct KubeconfigEntry {
  const KubeconfigFile* file = nullptr;
  std::string what;  // `cluster "dev"`, for messages
  YAML::Node body;
};

class KubeconfigReader {
 public:
  using Named = std::map<std::string, KubeconfigEntry>;

  // Adds a file's clusters, users, contexts and current-context to what came before it.
  void add(const KubeconfigFile& file);

  const Named& clusters() const { return clusters_; }
  const Named& users() const { return users_; }
  const Named& contexts() const { return contexts_; }
  const std::string& current_context() const { return current_context_; }
  const std::vector<std::string>& problems() const { return problems_; }

  // "" and false where the field is absent or null; a problem where it has another type.
  std::string text(const KubeconfigEntry& entry, const char* key);
  bool flag(const KubeconfigEntry& entry, const char* key);
  bool has(const KubeconfigEntry& entry, const char* key) const;
  // The map or the list at `key`, or a null node.
  YAML::Node child(const KubeconfigEntry& entry, const char* key);

  // `<key>` is a path, `<key>-data` is base64 of PEM; both at once is a problem, as for kubectl.
  Material material(const KubeconfigEntry& entry, const std::string& key);
  // `path` against the folder of the entry's file.
  static std::string absolute(const KubeconfigEntry& entry, const std::string& path);

  void problem(const KubeconfigEntry& entry, std::string_view field, const std::string& what);
  void problem(const std::string& what) { problems_.push_back(what); }

 private:
  void add_list(const KubeconfigFile& file, const YAML::Node& root, const char* list,
                const char* member, Named& into);
  void at_line(const KubeconfigFile& file, const YAML::Node& node, const std::string& what);

  Named clusters_, users_, contexts_;
  std::string current_context_;
  std::vector<std::string> problems_;
};

}  // namespace kip::kube
