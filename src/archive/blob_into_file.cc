#include "archive/blob_into_file.h"

#include <algorithm>
#include <utility>

namespace kip::archive {

namespace {

using Kind = runtime::Failure::Kind;

// Before a connection that broke off is taken up again. A registry that breaks off without a byte
// is left to the plan of the whole pass, which waits longer.
constexpr Duration before_resuming = std::chrono::milliseconds(200);

}  // namespace

BlobIntoFile::BlobIntoFile(Workshop& workshop, Job job,
                           std::function<void(std::uint64_t)> on_fetched, Done done)
    : workshop_(workshop),
      job_(std::move(job)),
      on_fetched_(std::move(on_fetched)),
      done_(std::move(done)),
      progress_(job_.digest) {
  const auto size = job_.file.size();
  there_ = std::min(job_.size, size > job_.at ? size - job_.at : 0);
  piece_.resize(std::min<std::uint64_t>(piece_bytes, std::max<std::uint64_t>(job_.size, 1)));
  step_ = std::make_unique<Repeat>(workshop_.scheduler, [this] { return check_piece(); });
}

bool BlobIntoFile::check_piece() {
  if (progress_.received < there_) {
    const auto want = std::min<std::uint64_t>(piece_.size(), there_ - progress_.received);
    const auto got = job_.file.read(job_.at + progress_.received, piece_.data(), want);
    if (got && !got->empty()) {
      progress_.hash.add(*got);
      progress_.received += got->size();
      return true;
    }
    begin_anew();
  }
  if (progress_.received == job_.size && has_its_digest()) {
    finish(kip::Done{});
    return false;
  }
  if (progress_.received == job_.size) begin_anew();
  obtain();
  return false;
}

void BlobIntoFile::obtain() {
  const HandlePtr last = std::move(step_);
  const std::string& key = job_.digest.text();
  const bool is_taken = workshop_.claims.is_taken(key);
  if (is_taken && workshop_.scheduler.now() < job_.waits_until) {
    step_ = workshop_.claims.wait(key, job_.waits_until, [this] { obtain(); });
    return;
  }
  const auto place = progress_.received == 0 ? workshop_.places.find(job_.digest) : std::nullopt;
  if (place && place->size == job_.size) {
    auto source = workshop_.folder.read(place->file);
    if (source) {
      source_ = std::move(*source);
      place_ = *place;
      step_ = std::make_unique<Repeat>(workshop_.scheduler, [this] { return copy_piece(); });
      return;
    }
    workshop_.places.forget(place->file);
  }
  if (!job_.may_be_fetched) return finish(runtime::Failure{Kind::other, "it is not on this disk"});
  if (!is_taken) claim_ = workshop_.claims.take(key);
  fetch();
}

bool BlobIntoFile::copy_piece() {
  if (progress_.received < job_.size) {
    const auto want = std::min<std::uint64_t>(piece_.size(), job_.size - progress_.received);
    const auto got = source_.read(place_.offset + progress_.received, piece_.data(), want);
    if (got && !got->empty()) {
      if (auto status = job_.file.write(job_.at + progress_.received, *got); !status) {
        finish(status.error());
        return false;
      }
      progress_.hash.add(*got);
      progress_.received += got->size();
      return true;
    }
  }
  if (progress_.received == job_.size && has_its_digest()) {
    finish(kip::Done{});
    return false;
  }
  // It is not what its archive says: not to be trusted for others either.
  workshop_.places.forget(place_.file);
  begin_anew();
  obtain();
  return false;
}

void BlobIntoFile::fetch() {
  last_had_ = progress_.received;
  step_ = workshop_.client.fetch_blob(
      job_.image, job_.credentials, {job_.digest, job_.size}, progress_,
      [this](std::string_view bytes) {
        on_fetched_(bytes.size());
        // They are counted already.
        const auto at = job_.at + progress_.received - bytes.size();
        if (auto status = job_.file.write(at, bytes); !status) finish(status.error());
      },
      [this](const auto& result) { fetched(result); });
}

void BlobIntoFile::fetched(const Result<kip::Done, registry::Failure>& result) {
  const HandlePtr last = std::move(step_);
  if (result) return finish(kip::Done{});
  const registry::Failure failure = result.error();
  const bool may_go_on = failure.kind == registry::Failure::Kind::transient ||
                         failure.kind == registry::Failure::Kind::unreachable;
  if (may_go_on && progress_.received > last_had_) {
    step_ = workshop_.scheduler.after(before_resuming, [this] {
      const HandlePtr ended = std::move(step_);
      fetch();
    });
    return;
  }
  if (failure.kind == registry::Failure::Kind::bad_answer) begin_anew();
  finish(failure_of(failure));
}

void BlobIntoFile::begin_anew() {
  progress_ = registry::BlobProgress(job_.digest);
  there_ = 0;
  (void)job_.file.truncate(std::min(job_.at, job_.file.size()));  // else writing says what is wrong
}

bool BlobIntoFile::has_its_digest() const {
  return std::string(job_.digest.algorithm()) + ":" + progress_.hash.hex() == job_.digest.text();
}

void BlobIntoFile::finish(Result<kip::Done, runtime::Failure> result) {
  const HandlePtr last = std::move(step_);
  claim_.reset();
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::archive
