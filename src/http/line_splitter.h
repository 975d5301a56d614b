// Cuts a stream of bytes into lines. Pure; belongs to the exchange that feeds it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace kip::http {

class LineSplitter {
 public:
  // `longest` in bytes, without the line end.
  explicit LineSplitter(std::size_t longest) : longest_(longest) {}

  // Calls `on_line` for each line that `chunk` completes, without its `\n` or `\r\n`; empty lines
  // are left out. The view holds during the call. `on_line` returns false to get no more: then
  // nothing of the rest is kept. False where a line is longer than `longest`.
  // What follows the last line end waits for the next chunk: a stream that ends there was cut, and
  // what it cut is sent again by the next watch.
  bool feed(std::string_view chunk, const std::function<bool(std::string_view)>& on_line);

 private:
  std::size_t longest_;
  std::string rest_;
};

}  // namespace kip::http
