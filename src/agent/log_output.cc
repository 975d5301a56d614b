// Messages and keys of image-prefetcher's log: what reads it reads ours.
#include <cmath>

#include "agent/output.h"
#include "base/log.h"

namespace kip::agent {

namespace {

log::Fields fields_of(const Attempt& attempt) {
  log::Fields fields = {{"image", attempt.image.text}, {"authNum", attempt.credential}};
  if (attempt.credentials.is_anonymous()) return fields;
  fields.emplace_back("authServer", attempt.image.domain);
  if (!attempt.credentials.username.empty())
    fields.emplace_back("authUsername", attempt.credentials.username);
  return fields;
}

log::Fields with(log::Fields fields, const log::Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::string percent(const TotalProgress& progress) {
  return std::to_string(progress.total == 0 ? 0 : progress.done * 100 / progress.total) + "%";
}

class LogOutput : public Output {
 public:
  void on_begin(std::size_t images) override { log::debug("pulling images", {{"images", images}}); }
  void on_attempt(const Attempt& attempt) override {
    log::info("attempting image pull",
              with(fields_of(attempt), {{"timeout", to_text(attempt.patience)}}));
  }
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration took) override {
    log::error("image failed to pull",
               with(fields_of(attempt), {{"error", failure.message},
                                         {"kind", to_text(failure.kind)},
                                         {"timeout", to_text(attempt.patience)},
                                         {"elapsed", to_text(took)}}));
  }
  void on_wait(const Attempt& attempt, Duration delay) override {
    log::info("sleeping before retry", with(fields_of(attempt), {{"timeout", to_text(delay)}}));
  }
  void on_ended(const ImageResult& result, const Attempt* attempt) override {
    const log::Fields fields = attempt ? fields_of(*attempt) : log::Fields{{"image", result.image}};
    if (result.failure)
      return log::error("not retrying any more",
                        with(fields, {{"error", result.failure->message},
                                      {"kind", to_text(result.failure->kind)},
                                      {"attempts", result.attempts},
                                      {"elapsed", to_text(result.took)}}));
    const bool is_new = result.outcome == ImageResult::Outcome::downloaded;
    log::info("image pulled successfully",
              with(fields, {{"response", result.digest},
                            {"status", is_new ? "downloaded" : "up to date"},
                            {"bytes", std::to_string(result.bytes)},
                            {"downloaded", std::to_string(result.downloaded)},
                            {"elapsed", to_text(result.took)}}));
  }
  void on_progress(const TotalProgress& progress) override {
    const double left =
        progress.rate > 0 ? static_cast<double>(progress.total - progress.done) / progress.rate : 0;
    log::info("downloading",
              {{"images", std::to_string(progress.ended) + "/" + std::to_string(progress.images)},
               {"done", percent(progress)},
               {"bytes", std::to_string(progress.done)},
               {"total", std::to_string(progress.total)},
               {"bytesPerSecond", std::to_string(std::llround(progress.rate))},
               {"left", to_text(Duration(std::llround(left) * 1000))}});
  }
  void on_all_ended(const std::vector<ImageResult>& results, Duration took) override {
    std::size_t failed = 0;
    for (const auto& result : results) failed += result.failure ? 1 : 0;
    log::info("pulling images finished",
              {{"images", results.size()}, {"failed", failed}, {"elapsed", to_text(took)}});
  }
};

}  // namespace

std::unique_ptr<Output> make_log_output() { return std::make_unique<LogOutput>(); }

}  // namespace kip::agent
