#include "agent/follower.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace kip::agent {

namespace {

using namespace std::chrono_literals;

// How often what is not heard of any more is forgotten, and pins are put right.
constexpr Duration pace = 5min;
// Several images come at once, mostly: they are pinned together.
constexpr Duration before_pinning = 5s;

// All attempts of one round: one for each credential. When the next round is, the queue says, so
// that what failed holds no place.
PullLimits one_round(Duration attempt) {
  const Duration overall = attempt * 2;
  return {.first_timeout = attempt,
          .longest_timeout = attempt,
          .first_delay = overall,
          .longest_delay = overall,
          .overall = overall,
          .parallelism = 1};
}

}  // namespace

// The log of `fetch` without what is said of a run as a whole: there is none.
class Follower::Quiet : public Output {
 public:
  void on_begin(std::size_t) override {}
  void on_attempt(const Attempt& attempt) override { log_->on_attempt(attempt); }
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration took) override {
    log_->on_failed_attempt(attempt, failure, took);
  }
  void on_wait(const Attempt& attempt, Duration delay) override { log_->on_wait(attempt, delay); }
  void on_ended(const ImageResult& result, const Attempt* attempt) override {
    if (!result.failure) log_->on_ended(result, attempt);
  }
  void on_progress(const TotalProgress& progress) override { log_->on_progress(progress); }
  Duration progress_pace() const override { return 30s; }
  void on_all_ended(const std::vector<ImageResult>&, Duration) override {}

 private:
  const std::unique_ptr<Output> log_ = make_log_output();
};

Follower::Follower(Scheduler& scheduler, const Options& options, FindCredentials credentials)
    : scheduler_(scheduler),
      options_(options),
      credentials_(std::move(credentials)),
      begun_(scheduler.now()),
      queue_(options.limits),
      output_(std::make_unique<Quiet>()) {
  tend();
}

Follower::~Follower() = default;

void Follower::use(runtime::Runtime& runtime, runtime::Pins& pins, DiskGuard* guard) {
  runtime_ = &runtime;
  pins_ = &pins;
  guard_ = guard;
  go_on();
}

void Follower::hear(const types::ImageReference& image) {
  if (queue_.hear(image, scheduler_.now())) go_on();
}

void Follower::set_list(const std::vector<types::ImageReference>& images) {
  if (queue_.set_list(images, scheduler_.now())) pin_in(before_pinning);
  go_on();
}

// Never from inside a callback of a pull, nor of who calls.
void Follower::go_on() {
  if (runtime_ == nullptr) return;
  const auto next = queue_.next_time();
  if (!next) return alarm_.reset();
  alarm_ = scheduler_.after(std::max(*next - scheduler_.now(), Duration::zero()), [this] {
    const HandlePtr ended = std::move(alarm_);
    for (const auto& image : queue_.begin(scheduler_.now())) begin(image);
    go_on();
  });
}

void Follower::begin(const types::ImageReference& image) {
  const std::size_t key = next_key_++;
  auto fetch = std::make_unique<Fetch>(
      *runtime_, scheduler_, *output_,
      std::vector<WantedImage>{{.reference = image, .credentials = credentials_(image)}},
      one_round(options_.attempt), guard_, key);
  fetch->start(
      [this, key](const std::vector<ImageResult>& results) { on_ended(key, results.front()); });
  pulls_.emplace(key, Pull{image, std::move(fetch)});
}

void Follower::on_ended(std::size_t key, const ImageResult& result) {
  Pull pull = std::move(pulls_.extract(key).mapped());
  ended_.push_back(std::move(pull.fetch));
  clearing_ = scheduler_.after(Duration::zero(), [this] { ended_.clear(); });
  const SteadyTime now = scheduler_.now();
  if (!result.failure) {
    ++totals_.pulled;
    totals_.last_failure.clear();
    queue_.on_pulled(pull.image, result.id, now);
    pin_in(before_pinning);
  } else {
    ++totals_.failed;
    totals_.last_failure = result.image + ": " + result.failure->message;
    const SteadyTime again =
        queue_.on_failed(pull.image, *result.failure, now, scheduler_.random());
    if (queue_.are_all_tried()) pin_in(before_pinning);
    log::info("sleeping before retry",
              {{"image", result.image}, {"timeout", to_text(again - now)}});
  }
  go_on();
}

void Follower::tend() {
  tending_ = scheduler_.after(pace, [this] {
    const HandlePtr ended = std::move(tending_);
    queue_.forget(scheduler_.now());
    pin_in(Duration::zero());
    tend();
  });
}

void Follower::pin_in(Duration delay) {
  if (!options_.pin || pin_timer_ || is_pinning_) return;
  pin_timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(pin_timer_);
    if (pins_ != nullptr) pin();
  });
}

// What could not be pulled yet may be there from before, and is still wanted: its ID is asked for.
void Follower::pin() {
  is_pinning_ = true;
  is_all_known_ = true;
  found_ids_.clear();
  const auto images = queue_.without_id();
  to_look_at_ = {images.begin(), images.end()};
  look_at_next();
}

void Follower::look_at_next() {
  if (to_look_at_.empty()) return pin_known();
  const types::ImageReference image = std::move(to_look_at_.front());
  to_look_at_.pop_front();
  looking_ = runtime_->look(
      image, [this](const Result<std::optional<runtime::Image>, runtime::Failure>& found) {
        const HandlePtr ended = std::move(looking_);
        if (!found) {  // it would not say more of the others
          is_all_known_ = false;
          to_look_at_.clear();
        } else if (*found) {
          found_ids_.insert((*found)->id);
        }
        look_at_next();
      });
}

// An image that has left is let go when all others are there or were tried: one that is on its way
// may share layers with it, and one that can never be pulled must not hold it for ever.
void Follower::pin_known() {
  const bool is_sure =
      is_all_known_ && queue_.are_all_tried() && scheduler_.now() - begun_ >= options_.unpin_after;
  for (auto& id : queue_.ids()) found_ids_.insert(std::move(id));
  pinning_.emplace(*pins_, is_sure ? Pinning::Rest::unpin : Pinning::Rest::keep);
  pinning_->start(std::move(found_ids_), [this](const Pinning::Summary& summary) {
    is_pinning_ = false;
    const bool is_news = summary.is_possible != std::exchange(can_pin_, summary.is_possible);
    if (is_news || !summary.failures.empty() || summary.pinned + summary.unpinned > 0)
      tell(summary);
  });
}

}  // namespace kip::agent
