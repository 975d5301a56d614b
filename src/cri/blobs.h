// Blobs in containerd's content store. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "cri/connect.h"
#include "loop/scheduler.h"

namespace kip::cri {

struct Blob {
  std::uint64_t bytes = 0;
  WallTime came{};  // into the namespace of CRI
};

// Asks for each of the digests, one after another: a call takes a millisecond, and an image has few
// layers.
class BlobsCall : public Handle {
 public:
  // `there` by digest. A runtime that is not containerd has none, and is asked for one only.
  using Done = std::function<void(const std::map<std::string, Blob>& there)>;

  // At least one digest. `done` is called once, from the loop and never from inside this call; it
  // may destroy this.
  BlobsCall(Channel& channel, std::vector<std::string> digests, Done done);

 private:
  void next();
  void finish();

  Channel& channel_;
  std::vector<std::string> remaining_;
  std::map<std::string, Blob> there_;
  Done done_;
  HandlePtr call_;
};

}  // namespace kip::cri
