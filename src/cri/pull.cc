#include "cri/pull.h"

#include <utility>

#include "cri/failure.h"

namespace kip::cri {

namespace {

api::PullImageRequest request_for(const runtime::Pull& pull) {
  api::PullImageRequest request;
  request.mutable_image()->set_image(name_for_runtime(pull.image));
  const auto& shown = pull.credentials;
  if (shown.is_anonymous()) return request;
  auto& auth = *request.mutable_auth();
  // No server_address: containerd would drop the rest unless it is a URL of exactly that host.
  // It looks at the identity token only where there is no name, and Docker writes one beside it.
  if (!shown.password.empty() || shown.identity_token.empty()) {
    auth.set_username(shown.username);
    auth.set_password(shown.password);
  }
  auth.set_identity_token(shown.identity_token);
  auth.set_registry_token(shown.registry_token);
  return request;
}

// Whether the next attempt could go on with what this one brought.
bool is_worth_keeping(const Result<Done, runtime::Failure>& result) {
  using Kind = runtime::Failure::Kind;
  if (result) return false;  // the image's record holds it now
  switch (result.error().kind) {
    case Kind::timeout:
    case Kind::network:
    case Kind::rate_limited:
    case Kind::runtime_gone:
    case Kind::other:
      return true;
    case Kind::no_space:  // half a download must not keep the disk full
    case Kind::reference:
    case Kind::not_found:
    case Kind::unauthorized:
    case Kind::denied:
      return false;
  }
  return false;
}

}  // namespace

std::string name_for_runtime(const types::ImageReference& image) {
  return image.tag.empty() && image.digest.empty() ? image.text + ":latest" : image.text;
}

PullCall::PullCall(Channel& channel, Leases& leases, ProgressPoller& progress, runtime::Pull pull,
                   ProgressPoller::OnProgress on_progress, Answer done)
    : channel_(channel),
      leases_(leases),
      progress_(progress),
      pull_(std::move(pull)),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)) {
  call_ = leases_.take(pull_.image, pull_.patience,
                       [this](std::string lease) { begin(std::move(lease)); });
}

void PullCall::begin(std::string lease) {
  lease_ = std::move(lease);
  if (!lease_.empty() && on_progress_) watch_ = progress_.watch(lease_, on_progress_);
  call_ = channel_.call(method::pull_image, request_for(pull_), {pull_.patience, lease_},
                        [this](const auto& answer) {
                          if (answer) return end(Done{});
                          end(failure_of(answer.error(), pull_.image, pull_.credentials));
                        });
}

void PullCall::end(Result<Done, runtime::Failure> result) {
  watch_.reset();
  if (lease_.empty() || is_worth_keeping(result)) {
    const auto done = std::move(done_);
    return done(result);  // may destroy this
  }
  call_ = leases_.give_back(lease_, [this, result = std::move(result)] {
    const auto done = std::move(done_);
    done(result);  // may destroy this
  });
}

}  // namespace kip::cri
