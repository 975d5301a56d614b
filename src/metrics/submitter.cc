#include "metrics/submitter.h"

#include <algorithm>
#include <utility>

#include "base/host_and_port.h"
#include "base/log.h"
#include "http/name_lookup.h"
#include "metrics/submit_method.h"
#include "rpc/channel.h"

namespace kip::metrics {

namespace {

// Nodes that failed at the same time do not come again at the same time.
constexpr double least_of_a_delay = 0.75, spread_of_a_delay = 0.5;
constexpr double growth_of_a_delay = 1.5;  // as image-prefetcher's

Duration times(Duration time, double factor) {
  return std::chrono::duration_cast<Duration>(time * factor);
}

// What listens there takes no results, now and later.
bool will_not_pass(rpc::Code code) {
  return code == rpc::Code::unimplemented || code == rpc::Code::invalid_argument;
}

}  // namespace

Submitter::Submitter(Loop& loop, http::ServerUrl endpoint, const Limits& limits)
    : loop_(loop), endpoint_(std::move(endpoint)), limits_(limits), delay_(limits.first_delay) {}

Submitter::~Submitter() = default;

void Submitter::submit(const std::vector<PullResult>& results, std::function<void()> done) {
  done_ = std::move(done);
  for (const auto& result : results) messages_.push_back(to_message(result));
  if (messages_.empty()) return end();
  end_ = loop_.now() + limits_.patience;
  try_once();
}

void Submitter::try_once() {
  end_of_attempt_ = std::min<SteadyTime>(loop_.now() + limits_.longest_attempt, end_);
  if (is_ip_address(endpoint_.host)) return send(endpoint_.host);
  deadline_ = loop_.after(end_of_attempt_ - loop_.now(), [this] {
    call_.reset();
    on_failed("no name server answered in time", true);
  });
  call_ = http::look_up(loop_, endpoint_.host, [this](const auto& found) {
    const HandlePtr ended = std::move(call_);
    deadline_.reset();
    if (!found)
      return on_failed("looking up " + endpoint_.host + ": " + found.error().message, true);
    // Where one does not answer, the next may.
    send((*found)[attempts_++ % found->size()]);
  });
}

void Submitter::send(const std::string& address) {
  channel_ = std::make_unique<rpc::Channel>(loop_, rpc::at_address(address, endpoint_.port));
  call_ = channel_->stream(
      submit_method, messages_, {end_of_attempt_ - loop_.now()}, [this](const auto& answer) {
        const HandlePtr ended = std::move(call_);
        if (!answer) return on_failed(answer.error().message, !will_not_pass(answer.error().code));
        log::info("results submitted",
                  {{"endpoint", endpoint_.host_and_port()}, {"results", messages_.size()}});
        end();
      });
}

void Submitter::on_failed(const std::string& problem, bool will_pass) {
  const Duration delay = times(delay_, least_of_a_delay + spread_of_a_delay * loop_.random());
  delay_ = times(delay_, growth_of_a_delay);
  const log::Fields fields = {
      {"endpoint", endpoint_.host_and_port()}, {"results", messages_.size()}, {"problem", problem}};
  if (!will_pass || loop_.now() + delay >= end_) {
    log::warn("the results could not be submitted", fields);
    return end();
  }
  log::info("cannot submit the results; trying again", fields);
  timer_ = loop_.after(delay, [this] { try_once(); });
}

void Submitter::end() {
  // Not from inside the channel's own callback: who is called may destroy it.
  timer_ = loop_.after(Duration::zero(), [done = std::exchange(done_, nullptr)] { done(); });
}

}  // namespace kip::metrics
