// The results in the words of a container's termination message, which anybody who may read pods
// can read, so that the agent needs no right in the cluster. Pure.
// Source of the limit:
// https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/result.h"

namespace kip::agent {

constexpr std::size_t longest_termination_message = 4096;  // bytes; of a longer one the end is kept

// JSON that always fits. What fails comes first, each with the image's place in the list; digests
// follow in the list's order as base64url of their 32 bytes, as many as there is room for:
//   {"images":3,"failed":1,"downloaded":1,"bytes":1048704,"seconds":4.25,
//    "failures":[{"at":1,"image":"quay.io/a/b:1","kind":"not found","message":"…"}],
//    "digests":["Rs…",null,"x9…"]}
// Where not all failures had room, "failed_at" says which images they are of: base64url of a bit
// for each image, that of the first being the lowest of the first byte. So an image is there if
// nothing says that it failed, also one whose digest had no room.
// Entries of the list that are no images are counted by "bad_entries", and have no place; what is
// wrong with them, as far as there is room, comes behind the failures of images.
std::string termination_message(const std::vector<ImageResult>& results, Duration took,
                                const std::vector<std::string>& bad_entries = {});

}  // namespace kip::agent
