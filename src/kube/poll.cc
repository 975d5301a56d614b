#include "kube/poll.h"

#include <utility>

namespace kip::kube {

Poll::Poll(Scheduler& scheduler, Options options)
    : scheduler_(scheduler),
      options_(std::move(options)),
      outage_(options_.trouble, options_.over, options_.fields),
      retry_(options_.forbidden_tries) {}

void Poll::ask(Ask ask, Client::Done done) {
  ask_ = std::move(ask);
  done_ = std::move(done);
  is_write_ = false;
  send();
}

void Poll::ask_to_write(Ask ask, Client::Done done) {
  ask_ = std::move(ask);
  done_ = std::move(done);
  is_write_ = true;
  send();
}

void Poll::ask_again(Duration delay) {
  call_.reset();
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(timer_);
    send();
  });
}

void Poll::stop() {
  call_.reset();
  timer_.reset();
}

void Poll::send() {
  timer_.reset();
  call_ = ask_([this](const Answer& answer) { on_answer(answer); });
}

void Poll::on_answer(const Answer& answer) {
  const HandlePtr ended = std::move(call_);
  const auto done = done_;  // it may ask something else
  if (answer) {
    outage_.over();
    retry_.reset();
    return done(answer);
  }
  const http::Error& error = answer.error();
  delay_ = options_.is_waited_for ? retry_.soon_after(error, scheduler_.random())
                                  : retry_.after(error, scheduler_.random());
  if (is_not_found(error) || (is_write_ && is_conflict(error)) ||
      (is_forbidden(error) && retry_.is_forbidden())) {
    outage_.over();
    return done(answer);
  }
  // A 403 that is not yet believed is nothing to tell.
  if (!is_forbidden(error) || options_.forbidden_tries == 0) outage_.failed(error);
  ask_again(delay_);
  if (options_.on_failure) options_.on_failure(error);
}

}  // namespace kip::kube
