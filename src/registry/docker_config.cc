#include "registry/docker_config.h"

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "base/result.h"
#include "base/text.h"

namespace kip::registry {

namespace {

// Without what somebody may have put before the host: `user:password@`.
std::string shown(std::string_view key) {
  const auto at_sign = key.rfind('@');
  return quoted(at_sign == std::string_view::npos ? key : key.substr(at_sign + 1), 200);
}

// Padded or not: both are found in secrets.
std::optional<std::string> decoded(std::string text) {
  text = trimmed(text);
  if (text.find('=') == std::string::npos) text.append((4 - text.size() % 4) % 4, '=');
  return from_base64(text);
}

// A value that a request's header can carry.
bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

constexpr std::string_view members[] = {"auth", "username", "password", "identitytoken",
                                        "registrytoken"};

// The credentials of one entry, or what is wrong with it.
Result<Credentials, std::string> read_entry(const json& entry) {
  if (!entry.is_object()) return std::string("is not an object");
  for (const auto member : members) {
    const auto found = entry.find(member);
    if (found != entry.end() && !found->is_string() && !found->is_null())
      return quoted(member) + " in it is not a text";
  }
  Credentials out;
  out.username = string_at(entry, "/username");
  out.password = string_at(entry, "/password");
  out.identity_token = string_at(entry, "/identitytoken");
  out.registry_token = string_at(entry, "/registrytoken");
  if (const auto auth = string_at(entry, "/auth"); !auth.empty()) {
    const auto pair = decoded(auth);
    if (!pair) return std::string("has an \"auth\" that is not base64");
    const auto colon = pair->find(':');
    if (colon == std::string::npos)
      return std::string("has an \"auth\" that is not base64 of username:password");
    out.username = pair->substr(0, colon);
    out.password = pair->substr(colon + 1);
  }
  if (!is_token(out.registry_token))
    return std::string("has a \"registrytoken\" with characters that no header can carry");
  if (out.is_anonymous()) return std::string("has neither \"auth\", nor \"username\", nor a token");
  return out;
}

}  // namespace

std::optional<SecretKind> secret_kind(std::string_view type) {
  if (type == "kubernetes.io/dockerconfigjson") return SecretKind::dockerconfigjson;
  if (type == "kubernetes.io/dockercfg") return SecretKind::dockercfg;
  return std::nullopt;
}

std::string_view data_key(SecretKind kind) {
  return kind == SecretKind::dockercfg ? ".dockercfg" : ".dockerconfigjson";
}

DockerConfig parse_docker_config(std::string_view text, SecretKind kind,
                                 const std::string& origin) {
  DockerConfig out;
  const json root = parse_json(text);
  if (!root.is_object()) {
    out.problems.push_back(origin + ": its " + std::string(data_key(kind)) + " is " +
                           (root.is_discarded() ? "no JSON" : "no object of JSON"));
    return out;
  }
  const json* auths = &root;
  if (kind == SecretKind::dockerconfigjson) {
    const auto found = root.find("auths");
    if (found == root.end() || !found->is_object()) {
      out.problems.push_back(origin + ": its .dockerconfigjson has no object \"auths\"");
      return out;
    }
    auths = &*found;
  }
  for (const auto& [key, entry] : auths->items()) {
    auto read = read_entry(entry);
    if (!read) {
      out.problems.push_back(origin + ": the entry " + shown(key) + " " + read.error());
      continue;
    }
    read->origin = origin;
    out.entries.push_back({key, std::move(*read)});
  }
  return out;
}

}  // namespace kip::registry
