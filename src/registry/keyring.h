// Which credentials are for which image, by the rules of the kubelet. Pure; a plain value.
// Source: https://kubernetes.io/docs/concepts/containers/images/#config-json, and the order of the
// kubelet's pkg/credentialprovider.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/docker_config.h"
#include "types/image_reference.h"

namespace kip::registry {

class Keyring {
 public:
  // Adds the entries of one secret. Where keys are the same, those added first come first.
  void add(const DockerConfig& config);

  // All credentials for the image, the most specific key first, each once.
  //
  // A key is `[scheme://]host[:port][/path]`. The host has as many parts between dots as the
  // image's, and each part matches with `*` for any characters in it; the port is the same, or
  // absent from both; the path is how the image's begins. `/v1/` and `/v2/` at the path's begin are
  // not of it. Where no key matches an image of Docker Hub, those under `index.docker.io` are for
  // it.
  std::vector<Credentials> matching(const types::ImageReference& image) const;

  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string host, port, path;  // path with its slash, or ""
    std::string key;               // host[:port]path, to sort by
    Credentials credentials;
  };
  std::vector<Entry> entries_;  // by key, backwards, which puts the specific before the general
};

// Whether `text` is what `pattern` says, with `*` for any characters; all others are themselves.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace kip::registry
