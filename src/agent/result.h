// What came of each image. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/failure.h"

namespace kip::agent {

struct ImageResult {
  enum class Outcome { up_to_date, downloaded, failed };
  std::string image = {};  // as the list has it
  Outcome outcome = Outcome::failed;
  std::string id = {};           // of its configuration; empty: it is not there
  std::string digest = {};       // sha256:…, of the manifest or index; empty: not known
  std::uint64_t bytes = 0;       // of the image, as the runtime counts them
  std::uint64_t downloaded = 0;  // over the network, as far as the runtime tells
  Duration took{};               // from the first attempt's begin
  int attempts = 0;
  std::optional<runtime::Failure> failure = std::nullopt;  // where it failed
  bool operator==(const ImageResult&) const = default;
};

}  // namespace kip::agent
