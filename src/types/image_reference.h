// A reference to a container image: [domain[:port]/]path[:tag][@digest]. Plain values; any thread
// may use them. What parses here is what the kubelet takes; it says InvalidImageName to the rest.
// Source: https://github.com/distribution/reference (the grammar that the kubelet uses), and the
// OCI distribution specification for digests.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::types {

struct ImageReference {
  std::string text;    // as it was written
  std::string domain;  // "quay.io", "localhost:5000", "[::1]:5000"; docker.io where none is written
  std::string path;    // "eclipse/che-theia"; "library/busybox" for "busybox"
  std::string tag;     // empty: none written
  std::string digest;  // "sha256:…"; empty: none written
  bool operator==(const ImageReference&) const = default;  // also written the same way

  std::string repository() const { return domain + "/" + path; }
  std::string full() const;  // with the domain filled in; parses to the same image
  // The same, with the tag "latest" where neither tag nor digest is written: two references with
  // the same one are of one image.
  std::string whole() const;
  // The repository as Docker shows it to people: "busybox" of docker.io/library/busybox.
  std::string familiar_name() const;
};

Result<ImageReference> parse_image_reference(std::string_view text);

// The repository, with the default domain filled in, to compare two references by: "busybox:1" and
// "docker.io/library/busybox@sha256:…" have the same. Empty for a text that is no reference.
std::string repository_of(std::string_view reference);

}  // namespace kip::types
