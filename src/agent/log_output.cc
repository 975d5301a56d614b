// Messages and keys of image-prefetcher's log: what reads it reads ours.
#include <algorithm>
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

std::string percent(const runtime::Progress& bytes) {
  return std::to_string(bytes.total == 0 ? 0 : bytes.done * 100 / bytes.total) + "%";
}

// Of those under way, each 5 s.
constexpr std::size_t most_images_told = 20;

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
    if (progress.total == 0) return;
    std::size_t told = 0;
    for (const auto& [image, bytes] : progress.under_way) {
      if (bytes.total == 0 || ++told > most_images_told) continue;
      log::info("downloading image", {{"image", image},
                                      {"done", percent(bytes)},
                                      {"bytes", std::to_string(bytes.done)},
                                      {"total", std::to_string(bytes.total)}});
    }
    const auto left = progress.left();
    log::info("downloading",
              {{"images", std::to_string(progress.ended) + "/" + std::to_string(progress.images)},
               {"done", percent({progress.done, progress.total})},
               {"bytes", std::to_string(progress.done)},
               {"total", std::to_string(progress.total)},
               {"bytesPerSecond", std::to_string(std::llround(progress.rate))},
               {"left", left ? to_text(*left) : "not known"}});
  }
  void on_all_ended(const std::vector<ImageResult>& results, Duration took) override {
    std::size_t failed = 0;
    for (const auto& result : results) failed += result.failure ? 1 : 0;
    log::info("pulling images finished",
              {{"images", results.size()}, {"failed", failed}, {"elapsed", to_text(took)}});
  }
};

}  // namespace

// In whole seconds: nobody can tell better.
std::optional<Duration> TotalProgress::left() const {
  if (rate <= 0) return std::nullopt;
  const double seconds = static_cast<double>(total - std::min(done, total)) / rate;
  return Duration(std::chrono::seconds(std::llround(std::min(seconds, 1e9))));
}

std::unique_ptr<Output> make_log_output() { return std::make_unique<LogOutput>(); }

}  // namespace kip::agent
