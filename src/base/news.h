// A failure that comes again and again is told once: while nobody answers, the tries come twice a
// second, all with one message.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace kip {

// `last` says which was told last, for the caller to keep.
inline void tell_news(std::string& last, const char* message, const Error& error) {
  // Without an answer the words vary, and the cause does not.
  const std::string now = error.http_status == 0 && error.kind != ErrorKind::permanent
                              ? std::string("no answer")
                              : error.message;
  log::write(now == last ? log::Level::debug : log::Level::warn, message,
             {{"error", error.message}});
  last = now;
}

}  // namespace kip
