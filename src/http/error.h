// What went wrong with a request: an Error, and what the answer said, if there was one. A plain
// value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace kip::http {

struct Error : kip::Error {
  explicit Error(kip::Error other) : kip::Error(std::move(other)) {}  // there was no answer
  Error(ErrorKind of, std::string words, int answered = 0,
        std::optional<std::chrono::seconds> wish = std::nullopt)
      : kip::Error{of, std::move(words)}, status(answered), retry_after(wish) {}

  int status = 0;  // of the answer; 0: there was none
  // The server's wish (RFC 9110, section 10.2.3), absent where it had none.
  std::optional<std::chrono::seconds> retry_after;
  std::string reason;      // in the answer: "AlreadyExists" (metav1.Status.reason); "" without one
  bool too_large = false;  // the answer passed a limit of ours: ask for less at a time
};

}  // namespace kip::http
