// What a container runtime writes about images and about its failures, in the forms that all of
// them share. Pure.
#pragma once

#include <string>
#include <vector>

#include "registry/credentials.h"
#include "types/image_reference.h"

namespace kip::runtime {

// For types::pull_failure_of(): a repository "denied/not-found" must not say what failed.
std::string without_names(std::string words, const types::ImageReference& image);

// To be shown: without what was shown to the registry (registry::masked); well-formed UTF-8 of not
// much more than 1,000 bytes.
std::string to_show(std::string words, const registry::Credentials& shown = {});

// "sha256:…" of "quay.io/che/theia@sha256:…"; "" where there is none.
std::string digest_of(const std::string& repo_digest);

// An image has a digest in each repository that it was pulled from, and can have several in one:
// that which was asked for, or else the first of its repository. "" without one.
std::string digest_in(const std::vector<std::string>& repo_digests,
                      const types::ImageReference& asked);

}  // namespace kip::runtime
