#include "cri/pull.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cri/blobs.h"
#include "cri/failure.h"
#include "cri/methods.h"
#include "rpc/channel.h"

namespace kip::cri {

namespace {

// A few bytes of containerd's database; the image is there already.
constexpr Duration counted_within = std::chrono::seconds{2};

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

// What the call brings is held by this lease of containerd's. "": by none.
rpc::Headers under(const std::string& lease) {
  if (lease.empty()) return {};
  return {{"containerd-lease", lease}};
}

bool is_our_deadline(const Refusal& refusal) {
  return (refusal.code == Code::deadline_exceeded && refusal.message == "Deadline Exceeded") ||
         (refusal.code == Code::cancelled &&
          refusal.message.find("RST_STREAM") != std::string::npos);
}

// What came is not what the manifest has: other bytes, or more of them. containerd begins the next
// attempt behind them, for as long as they are there, and so does the kubelet's pull.
bool is_spoilt(const runtime::Failure& failure) {
  return std::ranges::any_of(
      std::array{"failed commit on ref", "unexpected commit digest", "failed size validation",
                 ": 416 "},
      [&](std::string_view words) { return failure.message.find(words) != std::string::npos; });
}

}  // namespace

std::string name_for_runtime(const types::ImageReference& image) {
  return image.tag.empty() && image.digest.empty() ? image.text + ":latest" : image.text;
}

PullCall::PullCall(const Parts& parts, runtime::Pull pull, ProgressPoller::OnProgress on_progress,
                   Answer done)
    : parts_(parts),
      pull_(std::move(pull)),
      ends_at_(parts_.scheduler.now() + pull_.patience),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)) {
  call_ = parts_.leases.take(pull_.image, pull_.patience,
                             [this](std::string lease) { begin(std::move(lease)); });
}

void PullCall::begin(std::string lease) {
  lease_ = std::move(lease);
  if (!lease_.empty() && on_progress_) watch_ = parts_.progress.watch(lease_, on_progress_);
  // What the lease left of it: a runtime that hangs does so from the first call on.
  const Duration patience = std::max(ends_at_ - parts_.scheduler.now(), Duration::zero());
  call_ = parts_.channel.call(method::pull_image, request_for(pull_), {patience, under(lease_)},
                              [this](const auto& answer) {
                                if (answer) return count();
                                const auto& refusal = answer.error();
                                end(is_our_deadline(refusal)
                                        ? timed_out(pull_.patience)
                                        : failure_of(refusal, pull_.image, pull_.credentials));
                              });
}

// The lease holds each blob of the image, also what was there before. Between two polls of progress
// a small one comes and goes unseen: so what it came to is counted at the end.
void PullCall::count() {
  watch_.reset();
  if (lease_.empty()) return end(runtime::Pulled{});
  leases::ListResourcesRequest request;
  request.set_id(lease_);
  call_ = parts_.channel.call(method::lease_resources, request, {counted_within},
                              [this](const auto& answer) {
                                std::vector<std::string> digests;
                                if (answer)
                                  for (const auto& resource : answer->resources())
                                    if (resource.type() == "content")
                                      digests.push_back(resource.id());
                                if (digests.empty()) return end(runtime::Pulled{});
                                sum(digests);
                              });
}

void PullCall::sum(const std::vector<std::string>& digests) {
  call_ = std::make_unique<BlobsCall>(parts_.channel, digests,
                                      [this, digests](const std::map<std::string, Blob>& there) {
                                        if (there.size() < digests.size())
                                          return end(runtime::Pulled{});  // not all are told of
                                        std::uint64_t bytes = 0;
                                        for (const auto& [digest, blob] : there)
                                          bytes += blob.came >= pull_.since ? blob.bytes : 0;
                                        end(runtime::Pulled{.downloaded = bytes});
                                      });
}

void PullCall::end(const Result<runtime::Pulled, runtime::Failure>& result) {
  watch_.reset();
  const auto tell = [this, result] {
    const auto done = std::move(done_);
    done(result);  // may destroy this
  };
  if (lease_.empty()) return tell();
  // The image's record holds what a pull brought to its end. Half a download must not keep a disk
  // full.
  if (result || result.error().kind == runtime::Failure::Kind::no_space ||
      is_spoilt(result.error()))
    call_ = parts_.leases.give_back(lease_, tell);
  else
    call_ = parts_.leases.give_back_if_empty(lease_, tell);
}

}  // namespace kip::cri
