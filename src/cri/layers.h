// Which downloads of containerd's are of which pull, and how far each is. Pure.
//
// containerd lists a download ("ingest") by a name such as "layer-sha256:…", with bytes so far and
// in all, while it goes on; a lease names those that it holds. So a pull that has a lease of its
// own knows its layers. What is not begun yet is not known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cri/methods.h"
#include "runtime/runtime.h"

namespace kip::cri {

class Layers {
 public:
  // A pull under this lease, until its end. Downloads with the same lease are of the first.
  void begin(const std::string& lease);
  void end(const std::string& lease);
  bool is_empty() const { return pulls_.empty(); }

  // What goes on now. True: there are downloads that nobody claimed, so leases() should be asked
  // what they hold.
  bool update(const content::ListStatusesResponse& now);
  std::vector<std::string> leases() const;
  void claim(const std::string& lease, const leases::ListResourcesResponse& holds);

  runtime::Progress of(const std::string& lease) const;

 private:
  struct Layer {
    std::uint64_t done = 0, total = 0;  // bytes
    bool goes_on = true;
  };
  using ByName = std::map<std::string, Layer>;

  Layer* find(const std::string& name);

  std::map<std::string, ByName> pulls_;  // by lease
  ByName unclaimed_;
  std::map<std::string, int> asked_;  // how often a claim was asked for, of those
};

}  // namespace kip::cri
