// Where on the nodes of a cluster images are wanted. A plain value.
#pragma once

#include "base/json.h"

namespace kip::config {

struct Placement {
  json node_selector = json::object();  // object of strings
  json node_terms =
      json::array();  // of core/v1 NodeSelectorTerm, one of them is enough; empty: any
  json tolerations = json::array();  // of core/v1 Toleration
  bool operator==(const Placement&) const = default;
};

}  // namespace kip::config
