// Refuses pulls for which there is no room: asks the registry for the sizes of an image's layers,
// the runtime which of them the node lacks, and counts what the pulls under way will take. Belongs
// to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/disk_space.h"
#include "loop/scheduler.h"
#include "registry/credentials.h"
#include "registry/layers.h"
#include "registry/resolver.h"
#include "runtime/runtime.h"
#include "types/platform.h"

namespace kip::agent {

class DiskGuard {
 public:
  struct Parts {  // outlive it
    runtime::Runtime& runtime;
    Scheduler& scheduler;
    registry::Resolver& digests;
    registry::LayerSource& layers;
    types::Platform platform;  // that of this node
  };
  // The disk as it is now; nothing: it cannot be seen.
  using Measure = std::function<std::optional<Filesystem>()>;
  struct Verdict {
    std::optional<runtime::Failure> refusal = std::nullopt;
    std::uint64_t to_download = 0;  // bytes; 0: nothing, or not known
  };
  struct Question {
    std::size_t key;  // names the pull, until release()
    types::ImageReference image;
    registry::Credentials credentials;
    std::string digest = {};  // that the node has under this name; empty: none
  };

  // `limit` in percent.
  DiskGuard(const Parts& parts, int limit, Measure measure);

  // Answers once, within some seconds, from the loop. Where there is room, the pull's claim holds
  // until release(); a registry that does not answer refuses nothing, and is not asked again.
  [[nodiscard]] HandlePtr ask(Question question, std::function<void(const Verdict&)> done);
  // The pull has ended.
  void release(std::size_t key, bool was_pulled);

 private:
  class Asking;
  std::vector<registry::Layer> without_claimed(std::vector<registry::Layer> layers) const;
  Verdict decide(const Question& question, const std::vector<registry::Layer>& lacking);

  const Parts parts_;
  const int limit_;
  const Measure measure_;
  std::map<std::size_t, std::vector<registry::Layer>> claims_;
  std::set<std::string> brought_;  // digests of layers that came with pulls of ours
  std::set<std::string> silent_;   // domains of registries
};

}  // namespace kip::agent
