#include "agent/attempt_recorder.h"

#include <utility>

namespace kip::agent {

AttemptRecorder::AttemptRecorder(Output& output, Scheduler& scheduler, std::string node,
                                 std::function<std::string()> new_id)
    : output_(output), scheduler_(scheduler), node_(std::move(node)), new_id_(std::move(new_id)) {}

void AttemptRecorder::on_begin(std::size_t images) { output_.on_begin(images); }

void AttemptRecorder::on_attempt(const Attempt& attempt) {
  begun_[attempt.image.text] = scheduler_.now();
  output_.on_attempt(attempt);
}

void AttemptRecorder::on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                                        Duration took) {
  add(attempt.image.text, failure.message, took, 0);
  output_.on_failed_attempt(attempt, failure, took);
}

void AttemptRecorder::on_wait(const Attempt& attempt, Duration delay) {
  output_.on_wait(attempt, delay);
}

void AttemptRecorder::on_ended(const ImageResult& result, const Attempt* attempt) {
  // The failure of its last attempt was told before.
  if (!result.failure)
    add(result.image, "", scheduler_.now() - begun_[result.image], result.bytes);
  else if (result.attempts == 0)
    add(result.image, result.failure->message, Duration::zero(), 0);
  output_.on_ended(result, attempt);
}

void AttemptRecorder::on_progress(const TotalProgress& progress) { output_.on_progress(progress); }

void AttemptRecorder::on_all_ended(const std::vector<ImageResult>& results, Duration took) {
  output_.on_all_ended(results, took);
}

void AttemptRecorder::add(const std::string& image, const std::string& error, Duration took,
                          std::uint64_t bytes) {
  const auto begun = scheduler_.wall_now() - took;
  results_.push_back(
      {.attempt_id = new_id_(),
       .started_at = std::chrono::floor<std::chrono::seconds>(begun).time_since_epoch().count(),
       .image = image,
       .error = error,
       .duration_ms = static_cast<std::uint64_t>(took.count()),
       .node = node_,
       .size_bytes = bytes});
}

}  // namespace kip::agent
