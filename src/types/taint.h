// A taint of a node, as kubectl and kubelets write it: key[=value]:effect. Plain values; any thread
// may use them. Source:
// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace kip::types {

struct Taint {
  std::string key;     // a qualified name
  std::string value;   // a label's value; empty: none
  std::string effect;  // NoSchedule, PreferNoSchedule or NoExecute
  bool operator==(const Taint&) const = default;

  std::string text() const;  // parses to the same
  // Whether `taint` (core/v1 Taint) is this one. A node has one of a key and an effect, so that
  // these say which it is (Taint.MatchTaint of k8s.io/api); a value, where there is one, has to be
  // the same, too.
  bool is(const json& taint) const;
  // The toleration (core/v1 Toleration) of what is() this one, and of nothing else; without an end.
  json toleration() const;
};

// Blanks are no part of it.
Result<Taint> parse_taint(std::string_view text);

}  // namespace kip::types
