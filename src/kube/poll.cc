#include "kube/poll.h"

#include <utility>

namespace kip::kube {

Poll::Poll(Scheduler& scheduler, Options options)
    : scheduler_(scheduler),
      options_(std::move(options)),
      outage_(options_.trouble, nullptr, options_.fields),
      retry_(options_.forbidden_tries) {}

void Poll::ask(Ask ask, Client::Done done) { begin(std::move(ask), std::move(done), false); }

void Poll::ask_to_write(Ask ask, Client::Done done) {
  begin(std::move(ask), std::move(done), true);
}

void Poll::begin(Ask ask, Client::Done done, bool is_write) {
  ask_ = std::move(ask);
  done_ = std::move(done);
  is_write_ = is_write;
  send();
}

void Poll::ask_again(Duration delay) {
  call_.reset();
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(timer_);
    send();
  });
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
    if (!is_forbidden(error)) retry_.reset();  // the server is there, and answers
    return done(answer);
  }
  ask_again(delay_);
  // A 403 that is not yet believed is nothing to tell.
  if (is_forbidden(error) && options_.forbidden_tries > 0) return;
  outage_.failed(error);
  if (options_.on_failure) options_.on_failure(error);
}

}  // namespace kip::kube
