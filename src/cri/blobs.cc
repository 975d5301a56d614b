#include "cri/blobs.h"

#include <algorithm>
#include <utility>

#include "cri/methods.h"
#include "rpc/channel.h"

namespace kip::cri {

namespace {

constexpr Duration answered_within = std::chrono::seconds{2};

Blob to_blob(const content::Info& info) {
  const auto& created = info.created_at();
  return {
      static_cast<std::uint64_t>(std::max<std::int64_t>(info.size(), 0)),
      WallTime{std::chrono::duration_cast<Duration>(std::chrono::seconds(created.seconds()) +
                                                    std::chrono::nanoseconds(created.nanos()))}};
}

}  // namespace

BlobsCall::BlobsCall(Channel& channel, std::vector<std::string> digests, Done done)
    : channel_(channel), remaining_(std::move(digests)), done_(std::move(done)) {
  next();
}

void BlobsCall::next() {
  content::InfoRequest request;
  request.set_digest(remaining_.back());
  call_ = channel_.call(method::blob_info, request, {answered_within}, [this](const auto& answer) {
    if (answer)
      there_[remaining_.back()] = to_blob(answer->info());
    else if (answer.error().code != Code::not_found)
      return finish();  // it knows no blobs, or has no time
    remaining_.pop_back();
    remaining_.empty() ? finish() : next();
  });
}

void BlobsCall::finish() {
  const auto done = std::move(done_);
  const auto there = std::move(there_);
  done(there);  // may destroy this
}

}  // namespace kip::cri
