#include "registry/request_queue.h"

#include <algorithm>
#include <list>
#include <utility>

#include "registry/rate_limit.h"

namespace kip::registry {

struct RequestQueue::State {
  explicit State(Scheduler& s) : scheduler(s) {}

  void next();

  Scheduler& scheduler;
  RateLimit limit;
  SteadyTime not_before{};
  std::list<Turn*> turns;  // the first has it, or is to have it
  bool is_taken = false;   // by the first
  HandlePtr timer;
};

class RequestQueue::Turn : public Handle {
 public:
  Turn(std::shared_ptr<State> state, std::function<void()> call)
      : call_(std::move(call)), state_(std::move(state)) {
    state_->turns.push_back(this);
  }
  ~Turn() override {
    const bool was_first = state_->turns.front() == this;
    state_->turns.remove(this);
    if (!was_first) return;
    state_->is_taken = false;
    state_->next();
  }
  void begin() {
    const auto call = std::exchange(call_, nullptr);  // it may destroy this
    call();
  }

 private:
  std::function<void()> call_;
  const std::shared_ptr<State> state_;
};

// A timer also where nothing is to be waited for, as whoever takes or ends a turn is not to be
// called from inside that.
void RequestQueue::State::next() {
  timer.reset();
  if (is_taken || turns.empty()) return;
  const Duration wait = std::max(Duration::zero(), not_before - scheduler.now());
  timer = scheduler.after(wait, [this] {
    const HandlePtr ended = std::move(timer);
    if (not_before > scheduler.now()) return next();
    is_taken = true;
    turns.front()->begin();
  });
}

RequestQueue::RequestQueue(Scheduler& scheduler) : state_(std::make_shared<State>(scheduler)) {}

HandlePtr RequestQueue::wait(std::function<void()> turn) {
  auto made = std::make_unique<Turn>(state_, std::move(turn));
  if (state_->turns.size() == 1) state_->next();
  return made;
}

void RequestQueue::answered(const http::Response& answer) {
  if (const auto delay = state_->limit.after(answer, state_->scheduler.random()))
    state_->not_before = std::max(state_->not_before, state_->scheduler.now() + *delay);
}

Duration RequestQueue::delay() const {
  return std::max(Duration::zero(), state_->not_before - state_->scheduler.now());
}

bool RequestQueue::is_idle() const {
  return state_->turns.empty() && !state_->limit.is_refused() && delay() == Duration::zero();
}

Duration RequestQueues::delay_of(const std::string& host_and_port) const {
  const auto found = queues_.find(host_and_port);
  return found == queues_.end() ? Duration::zero() : found->second.delay();
}

void RequestQueues::forget_idle() {
  std::erase_if(queues_, [](const auto& entry) { return entry.second.is_idle(); });
}

}  // namespace kip::registry
