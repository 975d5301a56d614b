#include "docker/pull_stream.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace kip::docker {

namespace {

std::uint64_t bytes_at(const json& line, std::string_view path) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(int_at(line, path), 0));
}

// Newer Engines leave `error` out.
std::string error_in(const json& line) {
  for (const auto* path : {"/errorDetail/message", "/error"})
    if (auto words = string_at(line, path); !words.empty()) return words;
  return "the Docker Engine tells of an error, and not of which";
}

}  // namespace

void PullStream::feed(std::string_view bytes) {
  const bool fits = splitter_.feed(bytes, [this](std::string_view line) {
    on_line(line);
    return true;
  });
  if (!fits && !error_) error_ = "a line of the Docker Engine's answer is too long";
}

std::optional<std::string> PullStream::end() {
  feed("\n");  // the last line may have no end
  return error_;
}

void PullStream::on_line(std::string_view text) {
  const json line = parse_json(text);
  if (!line.is_object()) {
    if (!error_) error_ = "a line of the Docker Engine's answer is no JSON object: " + quoted(text);
    return;
  }
  if (has(line, "/errorDetail") || has(line, "/error")) {
    if (!error_) error_ = error_in(line);
    return;
  }
  const auto status = string_at(line, "/status");
  if (status == "Downloading") {
    auto& layer = layers_[string_at(line, "/id")];
    layer.done = bytes_at(line, "/progressDetail/current");
    // A download that is tried again may tell no total.
    const auto total = bytes_at(line, "/progressDetail/total");
    layer.total = std::max(total > 0 ? total : layer.total, layer.done);
  } else if (status == "Download complete") {
    const auto layer = layers_.find(string_at(line, "/id"));
    if (layer != layers_.end()) layer->second.done = layer->second.total;
  }
}

runtime::Progress PullStream::progress() const {
  runtime::Progress all;
  for (const auto& [id, layer] : layers_) {
    all.done += layer.done;
    all.total += layer.total;
  }
  return all;
}

}  // namespace kip::docker
