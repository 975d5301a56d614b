// Makes an instance pin just these images: pins what it does not yet, and takes its pins from what
// has left the list. One after another. Belongs to the loop.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/pins.h"

namespace kip::agent {

class Pinning {
 public:
  struct Summary {
    std::size_t pinned = 0, unpinned = 0;    // changed now
    bool is_possible = true;                 // false: the runtime cannot pin
    std::vector<runtime::Failure> failures;  // what could not be done
  };

  enum class Rest { unpin, keep };  // what is done about pins of images that are not wanted

  // `pins` outlives it.
  Pinning(runtime::Pins& pins, Rest rest) : pins_(pins), rest_(rest) {}

  // `image_ids`: what is to be pinned. Call once. `done` comes once, and
  // may destroy this.
  void start(std::set<std::string> image_ids, std::function<void(const Summary&)> done);

 private:
  void on_held(const Result<runtime::Pins::Held, runtime::Failure>& held);
  void next();
  void on_outcome(bool is_pin, const Result<runtime::Pins::Outcome, runtime::Failure>& outcome);
  void end();

  runtime::Pins& pins_;
  const Rest rest_;
  std::set<std::string> wanted_;
  std::deque<std::string> to_pin_, to_unpin_;
  Summary summary_;
  std::function<void(const Summary&)> done_;
  HandlePtr call_;
};

// Says in the log what was done.
void tell(const Pinning::Summary& summary);

}  // namespace kip::agent
