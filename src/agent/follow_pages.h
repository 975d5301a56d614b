// What `follow` answers over HTTP. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "agent/follower.h"

namespace kip::agent {

struct FollowState {
  std::string trouble = {};  // why nothing can be pulled, or nothing be heard; "": all is well
  Follower::Totals totals = {};
  FollowQueue::Counts counts = {};
  std::uint64_t messages = 0, bad_messages = 0;  // of NATS
  bool uses_nats = false, is_connected = false;
};

struct FollowPage {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

// `/` and whatever is no other: that it lives, as kubernetes-warm-images says it. An image that
// cannot be pulled is no reason to be started anew, which would forget what else was heard of; so
// that is `/last-pull`, with 500 as there. `/readyz`: that it can work. `/metrics`: numbers as
// Prometheus reads them.
FollowPage follow_page(const std::string& path, const FollowState& state);

}  // namespace kip::agent
