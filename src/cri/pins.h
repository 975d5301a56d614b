// Pins of an instance of ours: images that the kubelet does not collect. Counted per instance, so
// that none takes away what another one holds; pin_labels.h says how. Belongs to the loop.
//
// The record of the image's ID is what is pinned: a pull of a tag writes the tag's record anew, and
// its labels are gone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cri/connect.h"
#include "runtime/failure.h"

namespace kip::cri {

class Pins {
 public:
  enum class Outcome {
    done,        // also where there was nothing to do
    absent,      // the node does not have the image
    impossible,  // the runtime is not containerd: nothing of ours can be written into it
  };
  struct Held {
    bool is_possible = true;               // false: as Outcome::impossible
    std::vector<std::string> images = {};  // IDs, "sha256:…"
  };
  using OnOutcome = std::function<void(const Result<Outcome, runtime::Failure>&)>;
  using OnHeld = std::function<void(const Result<Held, runtime::Failure>&)>;

  // `instance`: letters, digits, ".", "_" and "-". The handles go before this.
  Pins(std::shared_ptr<Channel> channel, std::string instance);

  // `done` is called once, from the loop and never from inside the call. Destroying the handle
  // gives up; the labels may be written all the same.
  [[nodiscard]] HandlePtr pin(const std::string& image_id, OnOutcome done);
  [[nodiscard]] HandlePtr unpin(const std::string& image_id, OnOutcome done);
  // All that this instance pins, also by earlier processes.
  [[nodiscard]] HandlePtr list(OnHeld done);

 private:
  const std::shared_ptr<Channel> channel_;
  const std::string instance_;
};

}  // namespace kip::cri
