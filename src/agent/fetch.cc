#include "agent/fetch.h"

#include <algorithm>
#include <utility>

namespace kip::agent {

namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using State = PullPlan::Image::State;

constexpr Duration rate_time = 15s;  // the rate is that of so long

// Beyond an attempt's own end, for its answer to come.
constexpr Duration grace = 2s;

const registry::Credentials& anonymous() {
  static const registry::Credentials none;
  return none;
}

std::vector<PullPlan::Wanted> to_plan(const std::vector<WantedImage>& wanted) {
  std::vector<PullPlan::Wanted> list;
  list.reserve(wanted.size());
  for (const auto& one : wanted) list.push_back({one.reference, one.credentials.size()});
  return list;
}

}  // namespace

Fetch::Fetch(runtime::Runtime& runtime, Scheduler& scheduler, Output& output,
             std::vector<WantedImage> wanted, const PullLimits& limits, DiskGuard* guard,
             std::size_t first_key)
    : runtime_(runtime),
      scheduler_(scheduler),
      output_(output),
      guard_(guard),
      first_key_(first_key),
      wanted_(std::move(wanted)),
      begun_(scheduler.now()),
      plan_(to_plan(wanted_), limits, begun_),
      images_(wanted_.size()) {}

void Fetch::start(OnEnd done) {
  done_ = std::move(done);
  output_.on_begin(wanted_.size());
  alarm_ = scheduler_.after(Duration::zero(), [this] { go_on(); });
  tell_progress();
}

void Fetch::go_on() {
  alarm_.reset();
  const SteadyTime now = scheduler_.now();
  for (const auto& attempt : plan_.begin(now)) begin(attempt);
  tell_what_failed_for_good();
  if (plan_.is_over()) {
    progress_timer_.reset();
    const auto all = results("");
    output_.on_all_ended(all, took());
    return done_(all);
  }
  if (const auto next = plan_.next_time())
    alarm_ = scheduler_.after(std::max<Duration>(*next - now, 1ms), [this] { go_on(); });
}

void Fetch::begin(const PullPlan::Attempt& attempt) {
  const std::size_t image = attempt.image;
  Image& state = images_[image];
  if (plan_.images()[image].attempts == 1) {
    state.begun = scheduler_.now();
    state.begun_at = scheduler_.wall_now();
  }
  Pulling& pulling = pulling_[image];
  pulling.attempt = attempt;
  pulling.begun = scheduler_.now();
  output_.on_attempt(shown(attempt));
  set_deadline(image);
  if (state.id) return ask_guard(image);
  look_before(image);
}

// A runtime that never answers holds up nobody for ever.
void Fetch::set_deadline(std::size_t image) {
  Pulling& pulling = pulling_.at(image);
  pulling.deadline = scheduler_.after(pulling.attempt.patience + grace, [this, image] {
    on_failed(image, {Kind::timeout, "the container runtime does not answer"});
  });
}

void Fetch::look_before(std::size_t image) {
  pulling_.at(image).call =
      runtime_.look(wanted_[image].reference, [this, image](const auto& answer) {
        const HandlePtr ended = std::move(pulling_.at(image).call);
        if (!answer && answer.error().kind == Kind::runtime_gone)
          return on_failed(image, answer.error());
        const bool is_there = answer && *answer;
        images_[image].id = is_there ? (*answer)->id : "";
        images_[image].digest = is_there ? (*answer)->digest : "";
        const WantedImage& wanted = wanted_[image];
        // A digest names one content for ever.
        if (is_there && (!wanted.is_asked_for || !wanted.reference.digest.empty()))
          return on_pulled(image, **answer);
        ask_guard(image);
      });
}

void Fetch::ask_guard(std::size_t image) {
  if (guard_ == nullptr) return pull(image);
  Pulling& pulling = pulling_.at(image);
  pulling.call =
      guard_->ask({first_key_ + image, wanted_[image].reference, credentials_of(pulling),
                   images_[image].digest},
                  [this, image](const DiskGuard::Verdict& verdict) {
                    const HandlePtr ended = std::move(pulling_.at(image).call);
                    if (verdict.refusal) return on_failed(image, *verdict.refusal);
                    images_[image].to_download = verdict.to_download;
                    // The pull has all of its time, up to the end of all.
                    Duration& patience = pulling_.at(image).attempt.patience;
                    patience = std::clamp<Duration>(plan_.end() - scheduler_.now(), 1ms, patience);
                    set_deadline(image);
                    pull(image);
                  });
}

void Fetch::pull(std::size_t image) {
  Pulling& pulling = pulling_.at(image);
  Image& state = images_[image];
  state.downloaded += std::exchange(state.progress, {}).done;
  pulling.call = runtime_.pull(
      {wanted_[image].reference, credentials_of(pulling), pulling.attempt.patience, state.begun_at},
      [this, image](runtime::Progress progress) { images_[image].progress = progress; },
      [this, image](const Result<runtime::Pulled, runtime::Failure>& answer) {
        const HandlePtr ended = std::move(pulling_.at(image).call);
        if (!answer) return on_failed(image, answer.error());
        if (answer->downloaded) {  // by all attempts
          images_[image].downloaded = 0;
          images_[image].progress = {*answer->downloaded, *answer->downloaded};
        }
        look_after(image);
      });
}

const registry::Credentials& Fetch::credentials_of(const Pulling& pulling) const {
  const auto& credentials = wanted_[pulling.attempt.image].credentials;
  return credentials.empty() ? anonymous() : credentials[pulling.attempt.credential];
}

void Fetch::look_after(std::size_t image) {
  pulling_.at(image).call =
      runtime_.look(wanted_[image].reference, [this, image](const auto& answer) {
        const HandlePtr ended = std::move(pulling_.at(image).call);
        if (!answer) return on_failed(image, answer.error());
        // Removed again by somebody: it was to be there.
        if (!*answer)
          return on_failed(image, {Kind::other, "the image was pulled, and is not on the node"});
        on_pulled(image, *answer);
      });
}

void Fetch::on_failed(std::size_t image, runtime::Failure failure) {
  const Pulling pulling = std::move(pulling_.extract(image).mapped());
  if (guard_ != nullptr) guard_->release(first_key_ + image, false);
  const SteadyTime now = scheduler_.now();
  const Attempt attempt = shown(pulling.attempt);
  output_.on_failed_attempt(attempt, failure, now - pulling.begun);
  plan_.on_failed(image, std::move(failure), now, scheduler_.random());
  const auto& state = plan_.images()[image];
  if (state.state == State::failed) {
    end(image, result_of(image), &attempt);
  } else if (state.not_before > now) {
    output_.on_wait(attempt, state.not_before - now);
  }
  go_on();
}

void Fetch::on_pulled(std::size_t image, const std::optional<runtime::Image>& found) {
  const Pulling pulling = std::move(pulling_.extract(image).mapped());
  if (guard_ != nullptr) guard_->release(first_key_ + image, true);
  plan_.on_pulled(image);
  ImageResult result = result_of(image);
  result.outcome = found->id == images_[image].id ? ImageResult::Outcome::up_to_date
                                                  : ImageResult::Outcome::downloaded;
  result.id = found->id;
  result.digest = found->digest;
  result.bytes = found->bytes;
  const Attempt attempt = shown(pulling.attempt);
  end(image, std::move(result), &attempt);
  go_on();
}

void Fetch::end(std::size_t image, ImageResult result, const Attempt* attempt) {
  output_.on_ended(result, attempt);
  images_[image].result = std::move(result);
}

// Those whose time was over before they were tried.
void Fetch::tell_what_failed_for_good() {
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (plan_.images()[i].state == State::failed && !images_[i].result)
      end(i, result_of(i), nullptr);
}

ImageResult Fetch::result_of(std::size_t image) const {
  const auto& state = plan_.images()[image];
  const Image& of = images_[image];
  return {.image = wanted_[image].reference.text,
          .downloaded = of.downloaded + of.progress.done,
          .took = state.attempts == 0 ? Duration() : scheduler_.now() - of.begun,
          .attempts = state.attempts,
          .failure = state.failure};
}

std::vector<ImageResult> Fetch::results(const std::string& why) const {
  std::vector<ImageResult> list;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    ImageResult result = images_[i].result.value_or(result_of(i));
    if (!images_[i].result && !result.failure) result.failure = {Kind::other, why};
    list.push_back(std::move(result));
  }
  return list;
}

Attempt Fetch::shown(const PullPlan::Attempt& attempt) const {
  const WantedImage& wanted = wanted_[attempt.image];
  return {wanted.reference, attempt.credential,
          wanted.credentials.empty() ? anonymous() : wanted.credentials[attempt.credential],
          attempt.patience};
}

TotalProgress Fetch::total() const {
  TotalProgress all;
  all.images = images_.size();
  for (const auto& image : images_) {
    all.ended += image.result ? 1 : 0;
    const auto bytes = progress_of(image);
    all.done += bytes.done;
    all.total += bytes.total;
  }
  for (const auto& [image, pulling] : pulling_)
    all.under_way.push_back({wanted_[image].reference.text, progress_of(images_[image])});
  return all;
}

// The manifest tells of layers that the runtime has not begun.
runtime::Progress Fetch::progress_of(const Image& image) {
  if (image.result) return {image.progress.done, image.progress.done};
  return {image.progress.done, std::max(image.progress.total, image.to_download)};
}

void Fetch::tell_progress() {
  progress_timer_ = scheduler_.after(output_.progress_pace(), [this] {
    const HandlePtr ended = std::move(progress_timer_);
    TotalProgress all = total();
    samples_.emplace_back(scheduler_.now(), all.done);
    while (samples_.back().first - samples_.front().first > rate_time) samples_.pop_front();
    const auto& [since, before] = samples_.front();
    const double seconds = std::chrono::duration<double>(scheduler_.now() - since).count();
    if (seconds > 0 && all.done > before)
      all.rate = static_cast<double>(all.done - before) / seconds;
    if (!pulling_.empty()) output_.on_progress(all);
    tell_progress();
  });
}

}  // namespace kip::agent
