// The content of a pull secret: credentials under the registries, or parts of these, that they are
// for. Pure. No message holds a value of the secret.
// Source: https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/credentials.h"

namespace kip::registry {

enum class SecretKind {
  dockerconfigjson,  // kubernetes.io/dockerconfigjson: the whole of a config.json
  dockercfg,         // kubernetes.io/dockercfg: only what is under its `auths`
};

// By the `type` of a Secret; nothing for those of other types.
std::optional<SecretKind> secret_kind(std::string_view type);
// The key of the Secret's `data` that holds the text: ".dockerconfigjson", ".dockercfg".
std::string_view data_key(SecretKind kind);

struct DockerConfig {
  struct Entry {
    std::string key;  // as it is written: "https://index.docker.io/v1/", "*.quay.io/team"
    Credentials credentials;
  };
  std::vector<Entry> entries;
  std::vector<std::string> problems;  // whole sentences' parts, each with the origin in it
};

// `text` is the decoded value. An entry that cannot be read is a problem, and the others are
// taken. `origin` says whose it is: `secret "che/pull"`.
DockerConfig parse_docker_config(std::string_view text, SecretKind kind, const std::string& origin);

}  // namespace kip::registry
