// Keeps what came of every attempt, to be sent to an aggregator, and passes all on to the output
// that says it. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/output.h"
#include "loop/scheduler.h"
#include "metrics/pull_result.h"

namespace kip::agent {

class AttemptRecorder : public Output {
 public:
  // `output` and `scheduler` outlive it. `new_id` gives a UUID that no other node has.
  AttemptRecorder(Output& output, Scheduler& scheduler, std::string node,
                  std::function<std::string()> new_id);

  void on_begin(std::size_t images) override;
  void on_attempt(const Attempt& attempt) override;
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration took) override;
  void on_wait(const Attempt& attempt, Duration delay) override;
  void on_ended(const ImageResult& result, const Attempt* attempt) override;
  void on_progress(const TotalProgress& progress) override;
  Duration progress_pace() const override { return output_.progress_pace(); }
  void on_all_ended(const std::vector<ImageResult>& results, Duration took) override;

  // One for each attempt, as they ended, and one for each image that was never tried.
  const std::vector<metrics::PullResult>& results() const { return results_; }

 private:
  void add(const std::string& image, const std::string& error, Duration took, std::uint64_t bytes);

  Output& output_;
  Scheduler& scheduler_;
  const std::string node_;
  const std::function<std::string()> new_id_;
  std::map<std::string, SteadyTime> begun_;  // the last attempt of each image
  std::vector<metrics::PullResult> results_;
};

}  // namespace kip::agent
