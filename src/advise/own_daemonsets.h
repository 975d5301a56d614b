// The DaemonSets that hold images, ours and those of the Go image puller: what they list, which
// pods are theirs, and since when a node has what is listed. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace kip::advise {

// An image of a list: how the settings name it, and its reference.
struct ListedImage {
  std::string name, reference;
  bool operator==(const ListedImage&) const = default;
};

class OwnDaemonSets {
 public:
  // `daemonset`: core::is_of_a_puller().
  void add(const json& daemonset);
  // `pod`: core::is_of_a_puller(); the DaemonSets are known already.
  void add_pod(const json& pod);

  // By the name that a DaemonSet's controller gives: so also of one that is gone.
  bool is_name_of_own_pod(const std::string& namespace_name, const std::string& pod) const;
  // Each image once, in the order of the lists.
  std::vector<ListedImage> listed() const;
  // Since when a pod is Ready there that holds the image; nothing: none is. `image`: image_key().
  std::optional<WallTime> held_since(const std::string& image, const std::string& node) const;

  bool empty() const { return daemonsets_.empty(); }

 private:
  struct DaemonSet {
    std::vector<ListedImage> images;
    std::map<std::string, WallTime> ready;  // node → since
  };
  std::map<std::string, DaemonSet> daemonsets_;           // by object::key
  std::multimap<std::string, const DaemonSet*> holders_;  // by image_key
};

}  // namespace kip::advise
