// The connection that CriRuntime and Pins share, for those who hold it and need not know gRPC.
#pragma once

#include <memory>
#include <string>

#include "loop/loop.h"

namespace kip::rpc {
class Channel;
}

namespace kip::cri {

using rpc::Channel;

// To the runtime's socket, "/run/containerd/containerd.sock". Nothing is asked yet: a socket that
// is not there shows with the first call, and one that comes later is found. The loop outlives it.
std::shared_ptr<Channel> connect(Loop& loop, const std::string& socket);

}  // namespace kip::cri
