// The guard of the disk that this node's images are on, where that disk can be seen. Belongs to the
// loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/disk_guard.h"
#include "base/environment.h"
#include "loop/loop.h"
#include "registry/client.h"
#include "runtime/runtime.h"

namespace kip::agent {

class NodeDisk {
 public:
  // Both outlive it.
  NodeDisk(Loop& loop, const Environment& environment) : loop_(loop), environment_(environment) {}

  // `done` is called once, with what lives as long as this; null: nothing is to be looked at, by
  // `limit` 0, at once, or because it cannot be, which is said. `limit` in percent; the runtime
  // outlives this.
  void find(runtime::Runtime& runtime, int limit, std::function<void(DiskGuard*)> done);

 private:
  void guard(runtime::Runtime& runtime, int limit, const std::string& folder);

  Loop& loop_;
  const Environment& environment_;
  std::unique_ptr<registry::Client> registry_;
  std::optional<DiskGuard> guard_;
  HandlePtr call_, next_;
};

}  // namespace kip::agent
