// Which credentials are for which image, by the rules of the kubelet. Pure; a plain value.
// Source: https://kubernetes.io/docs/concepts/containers/images/#config-json, and the order of the
// kubelet's pkg/credentialprovider.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/docker_config.h"
#include "types/image_pattern.h"
#include "types/image_reference.h"

namespace kip::registry {

class Keyring {
 public:
  // Adds the entries of one secret. Where keys are the same, those added first come first.
  void add(const DockerConfig& config);

  // All credentials for the image, the most specific key first, each once.
  //
  // A key is `[scheme://]host[:port][/path]`, and matches as types::ImagePattern says. `/v1/` and
  // `/v2/` at the path's begin are not of it. Where no key matches an image of Docker Hub, those
  // under `index.docker.io` are for it.
  std::vector<Credentials> matching(const types::ImageReference& image) const;

 private:
  struct Entry {
    types::ImagePattern images;
    std::string key;  // host[:port]path, to sort by
    Credentials credentials;
  };
  std::vector<Entry> entries_;  // by key, backwards, which puts the specific before the general
};

}  // namespace kip::registry
