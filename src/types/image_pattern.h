// Which images something is for, as the kubelet matches the keys of a pull secret: by registry, and
// by how the path begins. Plain values; any thread may use them.
// Source: https://kubernetes.io/docs/concepts/containers/images/#config-json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "types/image_reference.h"

namespace kip::types {

struct ImagePattern {
  std::string host, port;  // port "": none is written
  std::string path;        // with its first slash, or ""
  bool operator==(const ImagePattern&) const = default;

  std::string text() const;  // host[:port][/path]
  // The host has as many parts between dots as the image's, and each part matches with `*` for any
  // characters in it; the port is the same, or absent from both; the path is how the image's
  // begins, also within a part of it.
  bool matches(const ImageReference& image) const;
};

// What a person wrote: host[:port][/path], `*` in the host alone. The host is one that a reference
// may begin with; Docker Hub is docker.io.
Result<ImagePattern> parse_image_pattern(std::string_view text);

// Splits `host:port`; a host in brackets keeps them.
void split_port(std::string_view authority, std::string& host, std::string& port);

// Whether `text` is what `pattern` says, with `*` for any characters; all others are themselves.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace kip::types
