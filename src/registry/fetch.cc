#include "registry/fetch.h"

#include <algorithm>
#include <utility>

namespace kip::registry {

namespace {

constexpr std::size_t most_redirects = 5;  // registries need one, two at most

bool is_redirect(const http::Response& response) {
  constexpr int statuses[] = {301, 302, 303, 307, 308};
  return std::find(std::begin(statuses), std::end(statuses), response.status) != std::end(statuses);
}

}  // namespace

Fetch::Fetch(Network& network, Settings settings, Done done)
    : network_(network),
      settings_(std::move(settings)),
      done_(std::move(done)),
      at_(settings_.target) {
  send();
}

void Fetch::send() {
  const auto client = network_.connections.to(at_.server);
  if (!client)
    return fail({Failure::Kind::untrusted,
                 settings_.image + ": " + at_.server.text() + ": " + client.error().message});
  http::Request request = settings_.request;
  request.path = at_.path;
  request.shown_path = at_.shown_path();
  if (!is_elsewhere_ && !settings_.authorization.empty())
    request.headers["Authorization"] = settings_.authorization;
  auto done = [this](http::Client::Outcome outcome) { ended(std::move(outcome)); };
  exchange_ =
      settings_.on_bytes
          ? (*client)->download(std::move(request), network_.deadline, settings_.on_bytes, done)
          : (*client)->send(std::move(request), network_.deadline, nullptr, done);
}

void Fetch::ended(http::Client::Outcome outcome) {
  const HandlePtr last = std::move(exchange_);
  if (!outcome.result) {
    // A kept connection may have ended when we used it.
    network_.connections.drop(at_.server);
    if (outcome.broke_before_answer && !std::exchange(broken_once_, true)) return send();
    const auto done = std::move(done_);
    return done(failure_of(subject(), outcome));
  }
  const http::Response& response = *outcome.result;
  if (settings_.follows_redirects && is_redirect(response) && response.headers.count("Location"))
    return redirected(response);
  const auto done = std::move(done_);
  done(Answered{std::move(*outcome.result), subject(), is_elsewhere_});
}

void Fetch::redirected(const http::Response& response) {
  const std::string status = std::to_string(response.status);
  auto next = resolve(at_, response.headers.at("Location"));
  if (!next)
    return fail(bad_answer(
        subject(), "answered " + status +
                       " with a Location that cannot be followed: " + next.error().message));
  seen_.push_back(at_);
  if (std::find(seen_.begin(), seen_.end(), *next) != seen_.end() || seen_.size() > most_redirects)
    return fail(bad_answer(subject(), "answered " + status + ", the " +
                                          std::to_string(seen_.size()) + ". redirect, to " +
                                          next->shown() + ": they do not end, or go in a circle"));
  if (!next->server.tls && !network_.insecure.has(next->server.host, next->server.port))
    return fail({Failure::Kind::untrusted,
                 bad_answer(subject(), "answered " + status + " to " + next->shown() +
                                           ", which is plain HTTP and not in INSECURE_REGISTRIES")
                     .message});
  // For good: who was sent elsewhere and back was sent by somebody else.
  if (!(next->server == settings_.target.server)) is_elsewhere_ = true;
  at_ = *std::move(next);
  broken_once_ = false;
  send();
}

void Fetch::fail(Failure failure) {
  exchange_ = network_.scheduler.after(Duration::zero(), [this, failure = std::move(failure)] {
    const HandlePtr timer = std::move(exchange_);
    const auto done = std::move(done_);
    done(failure);
  });
}

}  // namespace kip::registry
