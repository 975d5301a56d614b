// What the agent leaves in its container's termination message (agent/termination_message.h) of
// each image that it was to pull. It comes by way of a node, so it may be anything. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kip::core {

struct FetchedImage {
  enum class State { unknown, there, failed } state = State::unknown;
  std::string digest = {};   // sha256:…; empty: not told, as a message has room for some 85
  std::string message = {};  // of one that failed: the runtime's words, or that they had no room
  bool operator==(const FetchedImage&) const = default;
};

// One for each of so many images, in their order; none where the text is no such message, or one of
// another number of images.
std::vector<FetchedImage> read_fetch_report(std::string_view text, std::size_t images);

}  // namespace kip::core
