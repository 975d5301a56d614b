#include "archive/unpacked_layer.h"

#include <utility>

#include "archive/tar.h"

namespace kip::archive {

namespace {

using Kind = runtime::Failure::Kind;

// What one of those has that unpack.
constexpr const char* unpacking = "unpacking";

// The size of the entry that begins here, if it is this one.
std::optional<std::uint64_t> entry_size(const File& file, std::uint64_t at,
                                        const std::string& path) {
  char header[tar_header_bytes];
  const auto got = file.read(at, header, sizeof header);
  if (!got || got->size() != sizeof header) return std::nullopt;
  const auto size = size_in_header(*got);
  return size && tar_header(path, *size) == *got ? size : std::nullopt;
}

}  // namespace

UnpackedLayer::UnpackedLayer(Workshop& workshop, Job job,
                             std::function<void(std::uint64_t)> on_fetched, Done done)
    : workshop_(workshop),
      job_(std::move(job)),
      on_fetched_(std::move(on_fetched)),
      done_(std::move(done)),
      hash_(job_.blob.digest.algorithm()) {
  step_ = workshop_.scheduler.after(Duration::zero(), [this] { look(); });
}

// For another that unpacks the same, and not beyond its time.
bool UnpackedLayer::waits() {
  const std::string& key = job_.blob.digest.text();
  if (!workshop_.claims.is_taken(key) || workshop_.scheduler.now() >= job_.waits_until)
    return false;
  step_ = workshop_.claims.wait(key, job_.waits_until, [this] { look(); });
  return true;
}

void UnpackedLayer::look() {
  const HandlePtr last = std::move(step_);
  if (waits()) return;
  const auto size = entry_size(job_.file, job_.at, job_.blob.path());
  if (size) return bring(*size, [this] { look_elsewhere(); });
  look_elsewhere();
}

// From what is in the file, or in another archive.
void UnpackedLayer::bring(std::uint64_t size, std::function<void()> otherwise) {
  if (auto status = job_.has_room(size); !status) return fail(status.error());
  step_ = std::make_unique<BlobIntoFile>(
      workshop_,
      BlobIntoFile::Job{job_.image,
                        {},
                        job_.blob.digest,
                        size,
                        job_.file,
                        job_.at + tar_header_bytes,
                        job_.waits_until,
                        false},
      on_fetched_, [this, size, otherwise = std::move(otherwise)](const auto& result) {
        const HandlePtr last = std::move(step_);
        if (result) return end(size);
        if (result.error().kind == Kind::no_space) return fail(result.error());
        otherwise();
      });
}

void UnpackedLayer::look_elsewhere() {
  if (waits()) return;
  const auto place = workshop_.places.find(job_.blob.digest);
  if (auto status = job_.file.truncate(job_.at); !status) return fail(status.error());
  if (place) return bring(place->size, [this] { fetch(); });
  fetch();
}

void UnpackedLayer::fetch() {
  const std::string& key = job_.blob.digest.text();
  if (waits()) return;
  if (!workshop_.claims.is_taken(key)) claim_ = workshop_.claims.take(key);
  auto packed = workshop_.folder.own().open_partial(job_.packed_file);
  if (!packed) return fail(packed.error());
  packed_ = std::move(*packed);
  const Descriptor& source = job_.blob.source;
  step_ =
      std::make_unique<BlobIntoFile>(workshop_,
                                     BlobIntoFile::Job{job_.image, job_.credentials, source.digest,
                                                       source.size, packed_, 0, job_.waits_until},
                                     on_fetched_, [this](const auto& result) {
                                       const HandlePtr last = std::move(step_);
                                       if (!result) return fail(result.error());
                                       unpack();
                                     });
}

void UnpackedLayer::unpack() {
  const HandlePtr last = std::move(step_);
  // The one thread gains nothing from several at once, and each takes the memory of its window.
  if (workshop_.claims.is_taken(unpacking)) {
    step_ = workshop_.claims.wait(unpacking, SteadyTime::max(), [this] { unpack(); });
    return;
  }
  turn_ = workshop_.claims.take(unpacking);
  // The header comes last: before that nobody takes what is behind it for whole.
  const std::string room(tar_header_bytes, '\0');
  auto status = job_.file.truncate(job_.at);
  if (status) status = job_.file.write(job_.at, room);
  if (!status) return fail(status.error());
  reader_ = std::make_unique<ZstdReader>(packed_.fd());
  step_ = std::make_unique<Repeat>(workshop_.scheduler, [this] { return unpack_piece(); });
}

bool UnpackedLayer::unpack_piece() {
  const auto bytes = reader_->next();
  if (bytes && !bytes->empty()) {
    hash_.add(*bytes);
    auto status = job_.has_room(size_ + bytes->size());
    if (status) status = job_.file.write(job_.at + tar_header_bytes + size_, *bytes);
    size_ += bytes->size();
    if (!status) fail(status.error());
    return static_cast<bool>(status);
  }
  reader_.reset();
  turn_.reset();
  const std::string digest = std::string(job_.blob.digest.algorithm()) + ":" + hash_.hex();
  if (!bytes || digest != job_.blob.digest.text()) {
    workshop_.folder.own().remove_partial(job_.packed_file);
    const std::string what = job_.image.text + ": the layer " + job_.blob.source.digest.text();
    fail({Kind::other, what + (bytes ? " unpacks to " + digest + "; its configuration says " +
                                           job_.blob.digest.text()
                                     : ": " + bytes.error().message)});
    return false;
  }
  workshop_.folder.own().remove_partial(job_.packed_file);
  workshop_.record.too_large.erase(job_.blob.source.digest.text());
  end(size_);
  return false;
}

void UnpackedLayer::end(std::uint64_t size) {
  if (auto status = job_.file.write(job_.at, tar_header(job_.blob.path(), size)); !status)
    return fail(status.error());
  finish(size);
}

void UnpackedLayer::fail(runtime::Failure failure) {
  if (failure.kind == Kind::no_space && size_ > 0)
    workshop_.record.too_large[job_.blob.source.digest.text()] = size_;
  (void)job_.file.truncate(std::min(job_.at, job_.file.size()));
  finish(std::move(failure));
}

void UnpackedLayer::finish(Result<std::uint64_t, runtime::Failure> result) {
  const HandlePtr last = std::move(step_);
  reader_.reset();
  turn_.reset();
  claim_.reset();
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::archive
