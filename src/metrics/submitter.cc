#include "metrics/submitter.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "metrics/submit_method.h"
#include "rpc/channel.h"

namespace kip::metrics {

namespace {

// Nodes that failed at the same time do not come again at the same time.
constexpr double least_of_a_delay = 0.75, spread_of_a_delay = 0.5;

Duration times(Duration time, double factor) {
  return std::chrono::duration_cast<Duration>(time * factor);
}

// What listens there takes no results, now and later.
bool will_not_pass(rpc::Code code) {
  return code == rpc::Code::unimplemented || code == rpc::Code::invalid_argument;
}

}  // namespace

Submitter::Submitter(Loop& loop, std::string endpoint, const Limits& limits)
    : loop_(loop), endpoint_(std::move(endpoint)), limits_(limits), delay_(limits.first_delay) {}

Submitter::~Submitter() = default;

void Submitter::submit(const std::vector<PullResult>& results, std::function<void()> done) {
  done_ = std::move(done);
  for (const auto& result : results) messages_.push_back(to_message(result));
  if (messages_.empty()) return end();
  end_ = loop_.now() + limits_.patience;
  channel_ = std::make_unique<rpc::Channel>(loop_, rpc::at_host(endpoint_));
  send();
}

void Submitter::send() {
  const Duration patience = std::min<Duration>(limits_.longest_attempt, end_ - loop_.now());
  call_ = channel_->stream(submit_method, messages_, {patience}, [this](const auto& answer) {
    const HandlePtr ended = std::move(call_);
    if (answer) {
      log::info("results submitted", {{"endpoint", endpoint_}, {"results", messages_.size()}});
      return end();
    }
    const Duration delay = times(delay_, least_of_a_delay + spread_of_a_delay * loop_.random());
    delay_ = times(delay_, 1.5);
    const log::Fields fields = {{"endpoint", endpoint_},
                                {"results", messages_.size()},
                                {"problem", answer.error().message}};
    if (will_not_pass(answer.error().code) || loop_.now() + delay >= end_) {
      log::warn("the results could not be submitted", fields);
      return end();
    }
    log::info("cannot submit the results; trying again", fields);
    timer_ = loop_.after(delay, [this] { send(); });
  });
}

void Submitter::end() {
  // Not from inside the channel's own callback: who is called may destroy it.
  timer_ = loop_.after(Duration::zero(), [done = std::exchange(done_, nullptr)] { done(); });
}

}  // namespace kip::metrics
