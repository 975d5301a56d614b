// What a registry's answer to a question for a manifest says. Pure.
// Source: OCI distribution specification, "Pulling manifests".
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "http/transport.h"
#include "registry/failure.h"
#include "types/digest.h"
#include "types/image_reference.h"

namespace kip::registry {

struct Resolved {
  types::Digest digest;
  std::string media_type;  // of the manifest or the index
};

// One that was fetched: its bytes are what the digest says.
struct Manifest {
  Resolved resolved;
  std::string body;
  Subject subject;  // who gave it
};

// The Accept header: OCI index, Docker list, OCI manifest, Docker v2.
extern const char* const manifest_types;

// What a registry knows an image's manifest by: its digest, or else its tag.
std::string manifest_reference(const types::ImageReference& image);

// Of a 200 to HEAD; nothing where it lacks a digest or the type of a manifest, and GET has to tell.
std::optional<Resolved> read_head(const http::Response& answer);

// Of a 200 to GET. The body's hash is the digest, and has to be the one in the header and that of
// `wanted`, where there are such. The Error ends the sentence that begins "the answer".
Result<Resolved, std::string> read_manifest(const http::Response& answer,
                                            const std::optional<types::Digest>& wanted);

}  // namespace kip::registry
