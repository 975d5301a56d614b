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

// gRPC's words for it say nothing.
runtime::Failure timed_out(Duration patience) {
  return {runtime::Failure::Kind::timeout, "the pull did not end within " + to_text(patience)};
}

bool is_our_deadline(const Refusal& refusal) {
  return (refusal.code == Code::deadline_exceeded && refusal.message == "Deadline Exceeded") ||
         (refusal.code == Code::cancelled &&
          refusal.message.find("RST_STREAM") != std::string::npos);
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
  call_ = channel_.call(
      method::pull_image, request_for(pull_), {pull_.patience, lease_}, [this](const auto& answer) {
        if (answer) return end(Done{});
        const auto& refusal = answer.error();
        end(is_our_deadline(refusal) ? timed_out(pull_.patience)
                                     : failure_of(refusal, pull_.image, pull_.credentials));
      });
}

void PullCall::end(const Result<Done, runtime::Failure>& result) {
  watch_.reset();
  const auto tell = [this, result] {
    const auto done = std::move(done_);
    done(result);  // may destroy this
  };
  if (lease_.empty()) return tell();
  // The image's record holds what a pull brought to its end. Half a download must not keep a disk
  // full.
  if (result || result.error().kind == runtime::Failure::Kind::no_space)
    call_ = leases_.give_back(lease_, tell);
  else
    call_ = leases_.give_back_if_empty(lease_, tell);
}

}  // namespace kip::cri
