#include "archive/archive_writer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "archive/age.h"
#include "archive/blob_into_file.h"
#include "archive/tar.h"
#include "archive/unpacked_layer.h"
#include "http/hash.h"

namespace kip::archive {

namespace {

using Kind = runtime::Failure::Kind;

// A configuration is read as a whole, and takes several times as much memory as it has bytes. Those
// of images have some KiB, with what buildpacks note some hundred.
constexpr std::uint64_t largest_config = 1 << 20;

// What the last documents take at the most, but for the manifest: names have their limits.
constexpr std::uint64_t room_for_documents = 64 << 10;

constexpr std::uint64_t progress_step = 1 << 20;

}  // namespace

std::string partial_key(const std::string& file) {
  constexpr std::size_t digits = 32;  // of a hash: names may be longer than a file's may be
  http::Hash hash;
  hash.add(file);
  return hash.hex().substr(0, digits);
}

ArchiveWriter::ArchiveWriter(Workshop& workshop, Job job,
                             std::function<void(runtime::Progress)> on_progress, Done done)
    : workshop_(workshop),
      image_(std::move(job.image)),
      credentials_(std::move(job.credentials)),
      digest_(std::move(job.digest)),
      waits_until_(job.waits_until),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)),
      partial_(partial_key(image_.name.file) + ".tar"),
      found_(std::move(job.found)) {
  step_ = workshop_.scheduler.after(Duration::zero(), [this] { open(); });
}

void ArchiveWriter::open() {
  const HandlePtr last = std::move(step_);
  measure();
  room_ = workshop_.rooms.add(image_.image.text, partial_key(image_.name.file));
  if (auto status = room_->resize(expected_); !status) return fail(status.error());
  auto file = workshop_.folder.own().open_partial(partial_);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  if (!std::exchange(workshop_.knows_places, true))
    for (const auto& [name, recorded] : workshop_.record.archives)
      workshop_.places.add_archive(workshop_.folder, name);
  const Descriptor& config = found_.manifest.config;
  if (config.size > largest_config)
    return fail({Kind::other, image_.image.text + ": its configuration has " +
                                  std::to_string(config.size) + " bytes; expected at most " +
                                  std::to_string(largest_config)});
  // The layers follow from it, and it is the first blob.
  contents_ = contents_of(found_.source, found_.body, {found_.manifest.media_type, config, {}}, {});
  next_blob();
}

// A layer of zstd is there twice while it is unpacked, and unpacks to no less than it has, or than
// it had when there was no room for it.
void ArchiveWriter::measure() {
  std::vector<std::uint64_t> sizes = {found_.manifest.config.size, found_.source.size};
  std::uint64_t packed = 0;
  std::set<std::string> counted;
  for (const auto& [blob, packing] : found_.manifest.layers) {
    if (!counted.insert(blob.digest.text()).second) continue;
    progress_.total += blob.size;
    sizes.push_back(blob.size);
    if (packing != Packing::zstd) continue;
    packed = std::max(packed, blob.size);
    const auto known = workshop_.record.too_large.find(blob.digest.text());
    if (known != workshop_.record.too_large.end())
      sizes.back() = std::max(blob.size, known->second);
    counted_[blob.digest.text()] = sizes.back();
  }
  expected_ = tar_size(sizes) + packed + room_for_documents;
}

// For a layer that unpacks to so much, where it is more than was expected.
ArchiveWriter::Status ArchiveWriter::make_room(std::uint64_t unpacked) {
  const auto counted = counted_.at(contents_->blobs[next_].source.digest.text());
  return unpacked <= counted ? kip::Done{} : room_->resize(expected_ + unpacked - counted);
}

void ArchiveWriter::configuration() {
  std::string text(contents_->blobs[0].size, '\0');
  const auto got = file_.read(tar_header_bytes, text.data(), text.size());
  if (!got) return fail(got.error());
  auto config = parse_image_config(*got, found_.manifest.layers.size());
  if (!config)
    return fail({Kind::not_found, image_.image.text + ": the configuration " + config.error()});
  if (const auto flaw = mismatch(found_.manifest, *config))
    return fail({Kind::not_found, image_.image.text + ": the configuration " + *flaw});
  contents_ =
      contents_of(found_.source, std::move(found_.body), found_.manifest, *std::move(config));
  next_blob();
}

void ArchiveWriter::next_blob() {
  if (next_ == contents_->blobs.size()) {
    const auto status = end_archive();
    return status ? finish(status) : fail(status.error());
  }
  contents_->blobs[next_].is_unpacked() ? unpack() : take_over();
}

void ArchiveWriter::unpack() {
  const ArchivedBlob& blob = contents_->blobs[next_];
  const std::string packed =
      partial_key(image_.name.file) + "-" + std::string(blob.source.digest.hex()) + ".zst";
  step_ = std::make_unique<UnpackedLayer>(
      workshop_,
      UnpackedLayer::Job{image_.image, credentials_, blob, file_, at_, packed, waits_until_,
                         [this](std::uint64_t bytes) { return make_room(bytes); }},
      [this](std::uint64_t bytes) { on_fetched(bytes); },
      [this](auto result) {
        const HandlePtr last = std::move(step_);
        if (!result) return fail(result.error());
        contents_->blobs[next_].size = *result;
        whole_entry(*result);
      });
}

void ArchiveWriter::take_over() {
  const ArchivedBlob& blob = contents_->blobs[next_];
  const std::string header = tar_header(blob.path(), blob.size);
  char there[tar_header_bytes];
  const auto got = file_.read(at_, there, sizeof there);
  if (!got || *got != header) {
    auto status = file_.truncate(at_);
    if (status) status = file_.write(at_, header);
    if (!status) return fail(status.error());
  }
  step_ = std::make_unique<BlobIntoFile>(
      workshop_,
      BlobIntoFile::Job{image_.image, credentials_, blob.source.digest, blob.size, file_,
                        at_ + tar_header_bytes, waits_until_},
      [this](std::uint64_t bytes) { on_fetched(bytes); },
      [this](const auto& result) {
        const HandlePtr last = std::move(step_);
        if (!result) return fail(result.error());
        whole_entry(contents_->blobs[next_].size);
      });
}

void ArchiveWriter::whole_entry(std::uint64_t size) {
  const ArchivedBlob& blob = contents_->blobs[next_];
  const auto data = at_ + tar_header_bytes;
  const std::string zeros(padded(size) - size, '\0');
  if (auto status = file_.write(data + size, zeros); !status) return fail(status.error());
  workshop_.places.add(blob.digest, {workshop_.folder.own().path_of_partial(partial_), data, size});
  at_ = data + padded(size);
  if (blob.is_unpacked()) {
    if (auto status = make_room(size); !status) return fail(status.error());
    const auto counted = counted_.at(blob.source.digest.text());
    expected_ += std::max(size, counted) - counted;
  }
  ++next_;
  next_ == 1 ? configuration() : next_blob();
}

ArchiveWriter::Status ArchiveWriter::end_archive() {
  auto status = file_.truncate(at_);
  std::string end;
  for (const auto& document : documents_of(*contents_, image_.name, workshop_.settings.format)) {
    end += tar_header(document.path, document.body.size()) + document.body;
    end.append(padded(document.body.size()) - document.body.size(), '\0');
  }
  end += tar_end();
  if (status) status = file_.write(at_, end);
  return status ? publish() : status;
}

ArchiveWriter::Status ArchiveWriter::publish() {
  // The record first: what is in place and not recorded would be taken for somebody else's.
  const std::string& name = image_.name.file;
  const std::int64_t now = to_ns(workshop_.scheduler.wall_now());
  auto& recorded = workshop_.record.archives;
  const auto before =
      recorded.find(name) == recorded.end() ? std::nullopt : std::optional(recorded.at(name));
  recorded[name] = {
      .image = image_.image.text,
      .platform = workshop_.settings.platform.text(),
      .mark = mark_of(contents_->source.digest, image_.name, workshop_.settings.format),
      .digest = digest_,
      .old_file = image_.name.old_file,
      .bytes = file_.size(),
      .modified = now};
  auto status = workshop_.folder.own().write_record(workshop_.record);
  if (status) status = workshop_.folder.publish(file_, partial_, name, now);
  if (!status) {
    before ? void(recorded[name] = *before) : void(recorded.erase(name));
    return status;
  }
  workshop_.places.renamed(workshop_.folder.own().path_of_partial(partial_), name);
  workshop_.built.insert(name);
  return workshop_.folder.move_link(before ? before->old_file : "", image_.name.old_file, name);
}

void ArchiveWriter::on_fetched(std::uint64_t bytes) {
  const auto before = progress_.done;
  progress_.done += bytes;
  progress_.total = std::max(progress_.total, progress_.done);
  if (before / progress_step != progress_.done / progress_step || before == 0)
    on_progress_(progress_);
}

void ArchiveWriter::fail(const runtime::Failure& failure) {
  // On a full disk nothing is left that others, or the next attempt, could need the room for.
  if (failure.kind == Kind::no_space) {
    for (const auto& each : workshop_.folder.own().partials())
      if (each.name.starts_with(partial_key(image_.name.file)))
        workshop_.folder.own().remove_partial(each.name);
    workshop_.places.forget(workshop_.folder.own().path_of_partial(partial_));
  }
  finish(failure);
}

void ArchiveWriter::finish(const Status& result) {
  const HandlePtr last = std::move(step_);
  room_.reset();
  if (progress_.done > 0) on_progress_(progress_);
  const auto done = std::move(done_);
  done(result);
}

}  // namespace kip::archive
