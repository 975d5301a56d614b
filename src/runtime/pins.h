// Images that the runtime is told to keep, so that the kubelet does not collect them. Counted per
// instance of ours, so that none takes away what another one holds. Belongs to the loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "loop/scheduler.h"
#include "runtime/failure.h"

namespace kip::runtime {

class Pins {
 public:
  enum class Outcome {
    done,        // also where there was nothing to do
    absent,      // the node does not have the image
    impossible,  // nothing of ours can be written into this runtime
  };
  struct Held {
    bool is_possible = true;               // false: as Outcome::impossible
    std::vector<std::string> images = {};  // IDs, "sha256:…"
  };
  using OnOutcome = std::function<void(const Result<Outcome, Failure>&)>;
  using OnHeld = std::function<void(const Result<Held, Failure>&)>;

  virtual ~Pins() = default;
  // `done` is called once, from the loop and never from inside the call. Destroying the handle
  // gives up; it may be written all the same.
  [[nodiscard]] virtual HandlePtr pin(const std::string& image_id, OnOutcome done) = 0;
  [[nodiscard]] virtual HandlePtr unpin(const std::string& image_id, OnOutcome done) = 0;
  // All that this instance pins, also by earlier processes.
  [[nodiscard]] virtual HandlePtr list(OnHeld done) = 0;
};

}  // namespace kip::runtime
