#include "kube/access/kubeconfig_reader.h"

#include "base/base64.h"
#include "base/text.h"

namespace kip::kube {

namespace {

const char* type_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return "a text";
    default:
      return "nothing";
  }
}

// A null node where `map` is no map or has no such key: subscripting others throws.
YAML::Node member(const YAML::Node& map, const char* key) {
  if (!map.IsDefined() || !map.IsMap()) return YAML::Node();
  const YAML::Node found = map[key];
  return found.IsDefined() ? found : YAML::Node();
}

std::string scalar(const YAML::Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

}  // namespace

void KubeconfigReader::at_line(const KubeconfigFile& file, const YAML::Node& node,
                               const std::string& what) {
  const int line = node.IsDefined() ? node.Mark().line + 1 : 0;
  problems_.push_back(file.path + (line > 0 ? " line " + std::to_string(line) : "") + ": " + what);
}

void KubeconfigReader::problem(const KubeconfigEntry& entry, std::string_view field,
                               const std::string& what) {
  const YAML::Node node = member(entry.body, std::string(field).c_str());
  at_line(*entry.file, node.IsNull() ? entry.body : node,
          entry.what + ": " + std::string(field) + " " + what);
}

void KubeconfigReader::add_list(const KubeconfigFile& file, const YAML::Node& root,
                                const char* list, const char* key, Named& into) {
  const YAML::Node entries = member(root, list);
  if (entries.IsNull()) return;
  if (!entries.IsSequence()) {
    at_line(file, entries,
            std::string(list) + " is " + type_of(entries) + "; expected a list of name and " + key);
    return;
  }
  for (const auto& item : entries) {
    const std::string name = scalar(member(item, "name"));
    const YAML::Node body = member(item, key);
    if (name.empty()) {
      at_line(file, item,
              std::string(list) + " has an entry without a name; expected name and " + key);
    } else if (!body.IsMap() && !body.IsNull()) {
      at_line(file, item,
              std::string(key) + " " + quoted(name) + " is " + type_of(body) + "; expected a map");
    } else {
      into.try_emplace(name, KubeconfigEntry{&file, std::string(key) + " " + quoted(name), body});
    }
  }
}

void KubeconfigReader::add(const KubeconfigFile& file) {
  const YAML::Node root = YAML::Load(file.text);
  if (!root.IsDefined() || root.IsNull()) return;  // an empty file is an empty configuration
  if (!root.IsMap()) {
    at_line(file, root,
            std::string("the file is ") + type_of(root) +
                "; expected a kubeconfig: a map with clusters, users and contexts");
    return;
  }
  const std::string kind = scalar(member(root, "kind")),
                    version = scalar(member(root, "apiVersion"));
  if (!kind.empty() && kind != "Config")
    at_line(file, member(root, "kind"), "kind is " + quoted(kind) + "; expected Config");
  if (!version.empty() && version != "v1")
    at_line(file, member(root, "apiVersion"), "apiVersion is " + quoted(version) + "; expected v1");
  const YAML::Node current = member(root, "current-context");
  if (!current.IsNull() && !current.IsScalar())
    at_line(file, current,
            std::string("current-context is ") + type_of(current) + "; expected a context's name");
  if (current_context_.empty()) current_context_ = scalar(current);
  add_list(file, root, "clusters", "cluster", clusters_);
  add_list(file, root, "users", "user", users_);
  add_list(file, root, "contexts", "context", contexts_);
}

bool KubeconfigReader::has(const KubeconfigEntry& entry, const char* key) const {
  const YAML::Node node = member(entry.body, key);
  return !node.IsNull() && !(node.IsScalar() && node.Scalar().empty());
}

std::string KubeconfigReader::text(const KubeconfigEntry& entry, const char* key) {
  const YAML::Node node = member(entry.body, key);
  if (!node.IsNull() && !node.IsScalar())
    problem(entry, key, std::string("is ") + type_of(node) + "; expected a text");
  return scalar(node);
}

bool KubeconfigReader::flag(const KubeconfigEntry& entry, const char* key) {
  const YAML::Node node = member(entry.body, key);
  const std::string value = scalar(node);
  if (value == "true") return true;
  if (!node.IsNull() && value != "false")
    problem(entry, key,
            "is " + (node.IsScalar() ? quoted(value) : type_of(node)) + "; expected true or false");
  return false;
}

YAML::Node KubeconfigReader::child(const KubeconfigEntry& entry, const char* key) {
  return member(entry.body, key);
}

std::string KubeconfigReader::absolute(const KubeconfigEntry& entry, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const auto slash = entry.file->path.rfind('/');
  return slash == std::string::npos ? path : entry.file->path.substr(0, slash + 1) + path;
}

Material KubeconfigReader::material(const KubeconfigEntry& entry, const std::string& key) {
  const std::string data_key = key + "-data";
  const std::string file = text(entry, key.c_str()), data = text(entry, data_key.c_str());
  if (!file.empty() && !data.empty()) {
    problem(entry, key, "and " + data_key + " are both given; expected one of them");
    return {};
  }
  if (!file.empty()) return {absolute(entry, file), {}};
  if (data.empty()) return {};
  const auto decoded = from_base64(data);
  if (!decoded) {
    problem(entry, data_key, "is not base64 text");
    return {};
  }
  if (decoded->find("-----BEGIN ") == std::string::npos) {
    problem(entry, data_key, "holds no PEM text after decoding; expected -----BEGIN …");
    return {};
  }
  return {{}, *decoded};
}

}  // namespace kip::kube
