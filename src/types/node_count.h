// A number of nodes, or a percentage of them: MAX_NODES_PULLING, and the API's IntOrString as
// maxSurge has it. Plain values; any thread may use them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace kip::types {

class NodeCount {
 public:
  NodeCount(std::int32_t number = 0) : number_(number) {}

  // What a user may write: a whole number from 1, or `1%` to `100%`.
  static Result<NodeCount> parse(std::string_view text);

  // What the API has: 50 or "10%". Anything else, and what is below 0, is read as 0.
  static NodeCount from_json(const json& value);
  json to_json() const;

  std::string text() const;  // without sign and leading zeros

  // Of so many nodes. The API rounds percentages up (apps/v1 RollingUpdateDaemonSet).
  std::size_t of(std::size_t nodes) const;

  bool operator==(const NodeCount&) const = default;

 private:
  std::int32_t number_;
  bool is_percentage_ = false;
};

}  // namespace kip::types
