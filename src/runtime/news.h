// A failure that comes again and again is told once: while nobody answers, the tries come twice a
// second, all with one message.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace kip::runtime {

// `last` is the error told last, for the caller to keep.
inline void tell_news(std::string& last, const char* message, const Error& error) {
  log::write(error.message == last ? log::Level::debug : log::Level::warn, message,
             {{"error", error.message}});
  last = error.message;
}

}  // namespace kip::runtime
