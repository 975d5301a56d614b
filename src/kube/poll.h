// Asks until it has its answer: an object, that there is none, or that it may not be known. What is
// in the way is said once and waited out. Belongs to the loop.
#pragma once

#include <functional>

#include "kube/client.h"
#include "kube/outage.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::kube {

class Poll {
 public:
  struct Options {
    const char* trouble;  // what does not work, for the log: Outage
    log::Fields fields = {};
    int forbidden_tries = 0;     // so many 403 are an answer: RetryDelay
    bool is_waited_for = false;  // RetryDelay::soon_after
    // Each try that is no answer, but for a 403 that is not yet believed.
    std::function<void(const http::Error&)> on_failure = nullptr;
  };
  // Null: what was to be asked has been answered otherwise, and `done` is not called.
  using Ask = std::function<HandlePtr(Client::Done)>;

  Poll(Scheduler& scheduler, Options options);

  // Gives up what is under way, and asks. `done` is called once, with an object or with an Error
  // that is an answer: not found, or forbidden so often that it is believed. It may ask again.
  void ask(Ask ask, Client::Done done);
  // The same for a write, where a conflict is an answer, too.
  void ask_to_write(Ask ask, Client::Done done);
  // Asks the last question once more: after `delay`, or when an error such as the last is to be
  // tried again.
  void ask_again(Duration delay);
  void ask_again() { ask_again(delay_); }

  bool is_busy() const { return call_ || timer_; }  // under way, or waiting for the next try

 private:
  void begin(Ask ask, Client::Done done, bool is_write);
  void send();
  void on_answer(const Answer& answer);

  Scheduler& scheduler_;
  const Options options_;
  Outage outage_;
  RetryDelay retry_;
  Duration delay_{};  // after the last error
  Ask ask_;
  Client::Done done_;
  bool is_write_ = false;
  HandlePtr call_, timer_;
};

}  // namespace kip::kube
