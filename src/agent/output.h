// What is said while images are pulled; one implementation for each form. Belongs to the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/result.h"
#include "registry/credentials.h"
#include "runtime/progress.h"
#include "types/image_reference.h"

namespace kip::agent {

// One attempt to pull an image.
struct Attempt {
  const types::ImageReference& image;
  std::size_t credential;                    // its place among those that may be for the image
  const registry::Credentials& credentials;  // only the name of the user may be shown
  Duration patience;
};

struct ImageProgress {
  std::string image = {};
  runtime::Progress bytes = {};  // a total of 0: not known yet
};

// Of all pulls that are under way or done.
struct TotalProgress {
  std::size_t images = 0, ended = 0;
  std::uint64_t done = 0, total = 0;  // bytes, as far as they are known
  double rate = 0;                    // bytes a second, of the last seconds; 0: not known
  std::vector<ImageProgress> under_way = {};

  // At this rate, for what is known. Nothing: not known.
  std::optional<Duration> left() const;
};

class Output {
 public:
  virtual ~Output() = default;
  virtual void on_begin(std::size_t images) = 0;
  virtual void on_attempt(const Attempt& attempt) = 0;
  virtual void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                                 Duration took) = 0;
  // The image is tried again after so long.
  virtual void on_wait(const Attempt& attempt, Duration delay) = 0;
  // Pulled, or failed for good. `attempt` is the last; null: there was none.
  virtual void on_ended(const ImageResult& result, const Attempt* attempt) = 0;
  virtual void on_progress(const TotalProgress& progress) = 0;
  // How often it wants to be told.
  virtual Duration progress_pace() const { return std::chrono::seconds(5); }
  virtual void on_all_ended(const std::vector<ImageResult>& results, Duration took) = 0;
};

// Lines of the log, with the messages and keys of image-prefetcher's.
std::unique_ptr<Output> make_log_output();
// The same, and on a terminal bars below the last line: one for each image under way, and one for
// all. `fd` is the terminal, which also gets the log.
std::unique_ptr<Output> make_terminal_output(int fd);
// What Docker's command line says to `docker pull`, with images-prepuller's lines before it.
// `write` gets whole lines, without their ends.
std::unique_ptr<Output> make_docker_output(std::string node,
                                           std::function<void(const std::string&)> write);

}  // namespace kip::agent
