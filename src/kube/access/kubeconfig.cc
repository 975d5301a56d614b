#include "kube/access/kubeconfig.h"

#include <yaml-cpp/exceptions.h>

#include "base/text.h"
#include "kube/access/kubeconfig_reader.h"

namespace kip::kube {

namespace {

using Entry = KubeconfigEntry;

// Fields that change how the server is reached, and that are not done here: going on without them
// would fail later with a message that says nothing.
struct Unsupported {
  const char* field;
  const char* instead;
};
constexpr Unsupported unsupported_of_cluster[] = {
    {"proxy-url", "is not supported; expected a server that is reached directly"},
};
constexpr Unsupported unsupported_of_user[] = {
    {"username",
     "is not supported (API servers dropped it in 1.19); expected a token, a client "
     "certificate or exec"},
    // The HTTP library cannot send a header twice, as several groups would need. Going on without
    // them would be acting with more rights than the file gives.
    {"as", "is not supported; expected a user with the rights that are needed"},
    {"as-uid", "is not supported; expected a user with the rights that are needed"},
    {"as-groups", "is not supported; expected a user with the rights that are needed"},
    {"as-user-extra", "is not supported; expected a user with the rights that are needed"},
    {"auth-provider", "is not supported (kubectl dropped it in 1.26); expected exec"},
};

template <std::size_t n>
void refuse(KubeconfigReader& reader, const Entry& entry, const Unsupported (&fields)[n]) {
  for (const auto& each : fields) {
    if (reader.has(entry, each.field)) reader.problem(entry, each.field, each.instead);
  }
}

std::string names_of(const KubeconfigReader::Named& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(quoted(name));
  return names.empty() ? "none is" : joined(names);
}

// The entry of this name; a problem of `from` where there is none.
const Entry* find(KubeconfigReader& reader, const KubeconfigReader::Named& entries,
                  const std::string& name, const Entry& from, const char* field) {
  if (name.empty()) {
    reader.problem(from, field, "is missing; defined: " + names_of(entries));
    return nullptr;
  }
  const auto found = entries.find(name);
  if (found != entries.end()) return &found->second;
  reader.problem(from, field,
                 "is " + quoted(name) + ", which is not defined; defined: " + names_of(entries));
  return nullptr;
}

void read_cluster(KubeconfigReader& reader, const Entry& entry, Access& access) {
  refuse(reader, entry, unsupported_of_cluster);
  const std::string server = reader.text(entry, "server");
  if (server.empty()) {
    reader.problem(entry, "server", "is missing; expected https://host:port");
  } else if (auto url = http::parse_server_url(server)) {
    access.server = *url;
  } else {
    reader.problem(entry, "server", "is wrong: " + url.error().message);
  }
  access.ca = reader.material(entry, "certificate-authority");
  access.tls_server_name = reader.text(entry, "tls-server-name");
  access.insecure_skip_tls_verify = reader.flag(entry, "insecure-skip-tls-verify");
  if (access.insecure_skip_tls_verify && !access.ca.empty())
    reader.problem(entry, "insecure-skip-tls-verify",
                   "and a certificate authority are both given; expected one of them");
}

void read_environment(KubeconfigReader& reader, const Entry& exec, ExecSettings& settings) {
  const YAML::Node list = reader.child(exec, "env");
  if (!list.IsNull() && !list.IsSequence())
    return reader.problem(exec, "env", "is not a list; expected a list of name and value");
  for (const auto& item : list) {
    Entry variable{exec.file, exec.what + " env", item};
    const std::string name = reader.text(variable, "name");
    if (name.empty() || name.find('=') != std::string::npos)
      reader.problem(exec, "env", "has an entry without a proper name");
    else
      settings.env.emplace_back(name, reader.text(variable, "value"));
  }
}

void read_exec(KubeconfigReader& reader, const Entry& user, Access& access) {
  const Entry exec{user.file, user.what + " exec", reader.child(user, "exec")};
  if (!exec.body.IsMap()) return reader.problem(user, "exec", "is not a map; expected command");
  ExecSettings settings;
  settings.command = reader.text(exec, "command");
  settings.api_version = reader.text(exec, "apiVersion");
  settings.install_hint = reader.text(exec, "installHint");
  settings.provide_cluster_info = reader.flag(exec, "provideClusterInfo");
  if (settings.command.empty())
    reader.problem(exec, "command", "is missing; expected a program");
  else if (settings.command.find('/') != std::string::npos)
    settings.command = KubeconfigReader::absolute(exec, settings.command);
  if (settings.api_version != "client.authentication.k8s.io/v1" &&
      settings.api_version != "client.authentication.k8s.io/v1beta1")
    reader.problem(exec, "apiVersion",
                   "is " + quoted(settings.api_version) +
                       "; expected client.authentication.k8s.io/v1 or /v1beta1");
  const std::string mode = reader.text(exec, "interactiveMode");
  if (mode == "Always")
    reader.problem(exec, "interactiveMode", "is Always, and there is no terminal to ask at");
  else if (!mode.empty() && mode != "Never" && mode != "IfAvailable")
    reader.problem(exec, "interactiveMode",
                   "is " + quoted(mode) + "; expected Never, IfAvailable or Always");
  const YAML::Node args = reader.child(exec, "args");
  if (!args.IsNull() && !args.IsSequence())
    reader.problem(exec, "args", "is not a list; expected a list of texts");
  else
    for (const auto& arg : args) {
      if (arg.IsScalar())
        settings.args.push_back(arg.Scalar());
      else
        reader.problem(exec, "args", "has an entry that is not a text");
    }
  read_environment(reader, exec, settings);
  access.exec = std::move(settings);
}

void read_user(KubeconfigReader& reader, const Entry& entry, Access& access) {
  refuse(reader, entry, unsupported_of_user);
  access.client_certificate = reader.material(entry, "client-certificate");
  access.client_key = reader.material(entry, "client-key");
  if (access.client_certificate.empty() != access.client_key.empty() &&
      (reader.has(entry, "client-certificate") || reader.has(entry, "client-certificate-data")) !=
          (reader.has(entry, "client-key") || reader.has(entry, "client-key-data")))
    reader.problem(entry, access.client_key.empty() ? "client-key" : "client-certificate",
                   "is missing; expected a client certificate and its key together");
  // As for kubectl the file wins, because it can change.
  access.token.file = KubeconfigReader::absolute(entry, reader.text(entry, "tokenFile"));
  const std::string token = reader.text(entry, "token");
  if (access.token.file.empty()) access.token.data = token;
  if (reader.has(entry, "exec")) read_exec(reader, entry, access);
}

Access read(KubeconfigReader& reader, const std::vector<KubeconfigFile>& files) {
  Access access;
  std::vector<std::string> paths;
  for (const auto& file : files) {
    paths.push_back(file.path);
    const auto invalid = std::min(find_invalid_utf8(file.text), file.text.find('\0'));
    if (invalid != std::string::npos) {
      reader.problem(file.path + ": no text: byte " + std::to_string(invalid) +
                     " is not part of it; expected a kubeconfig in YAML or JSON");
      continue;
    }
    try {
      reader.add(file);
    } catch (const YAML::Exception& e) {
      reader.problem(file.path + " line " + std::to_string(e.mark.line + 1) +
                     ": no YAML: " + e.msg);
    }
  }
  if (!reader.problems().empty()) return access;
  const Entry top{&files.front(), "kubeconfig " + joined(paths, ":"), YAML::Node()};
  const auto& name = reader.current_context();
  const Entry* context = find(reader, reader.contexts(), name, top, "current-context");
  if (!context) return access;
  const std::string cluster = reader.text(*context, "cluster"),
                    user = reader.text(*context, "user");
  access.origin = top.what + ", context " + quoted(name);
  access.namespace_name = reader.text(*context, "namespace");
  if (const auto* entry = find(reader, reader.clusters(), cluster, *context, "cluster"))
    read_cluster(reader, *entry, access);
  if (const auto* entry = find(reader, reader.users(), user, *context, "user"))
    read_user(reader, *entry, access);
  return access;
}

}  // namespace

Result<Access> parse_kubeconfig(const std::vector<KubeconfigFile>& files) {
  if (files.empty()) return permanent("there is no kubeconfig");
  KubeconfigReader reader;
  try {
    Access access = read(reader, files);
    if (reader.problems().empty()) return access;
  } catch (const YAML::Exception& e) {
    reader.problem(files.front().path + " line " + std::to_string(e.mark.line + 1) + ": " + e.msg);
  }
  return permanent(joined(reader.problems(), "; "));
}

}  // namespace kip::kube
