// Pins of an instance of ours: images that the kubelet does not collect. Counted per instance, so
// that none takes away what another one holds; pin_labels.h says how. Belongs to the loop.
//
// The record of the image's ID is what is pinned: a pull of a tag writes the tag's record anew, and
// its labels are gone.
#pragma once

#include <memory>
#include <string>

#include "cri/connect.h"
#include "runtime/pins.h"

namespace kip::cri {

class Pins : public runtime::Pins {
 public:
  // `instance`: letters, digits, ".", "_" and "-". The handles go before this.
  Pins(std::shared_ptr<Channel> channel, std::string instance);

  [[nodiscard]] HandlePtr pin(const std::string& image_id, OnOutcome done) override;
  [[nodiscard]] HandlePtr unpin(const std::string& image_id, OnOutcome done) override;
  [[nodiscard]] HandlePtr list(OnHeld done) override;

 private:
  const std::shared_ptr<Channel> channel_;
  const std::string instance_;
};

}  // namespace kip::cri
