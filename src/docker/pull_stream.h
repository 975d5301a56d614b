// What the Docker Engine tells while it pulls: JSON, one value a line. Pure; belongs to the pull.
// Source:
// https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Image/operation/ImageCreate
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "http/line_splitter.h"
#include "runtime/progress.h"

namespace kip::docker {

class PullStream {
 public:
  static constexpr std::size_t max_line = 1 << 20;  // bytes; a registry's page of HTML is in one

  // The next bytes, cut anywhere.
  void feed(std::string_view bytes);
  // Call once, where the answer ended in order: what went wrong in the Engine's words, or nothing.
  // A line that cannot be read is something wrong: it may have told of an error.
  std::optional<std::string> end();
  // What went wrong so far.
  const std::optional<std::string>& error() const { return error_; }
  // Of the layers that are downloaded, as far as they began. Those that were there have no bytes.
  runtime::Progress progress() const;

 private:
  void on_line(std::string_view line);

  http::LineSplitter splitter_{max_line};
  std::map<std::string, runtime::Progress> layers_;  // by ID
  std::optional<std::string> error_;                 // the first
};

}  // namespace kip::docker
