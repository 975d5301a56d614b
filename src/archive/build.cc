#include "archive/build.h"

#include <algorithm>
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

// An archive that replaces another takes room for both. One at a time, so that the folder never
// needs more than one archive beyond what it holds in the end.
constexpr const char* replacing = "replacing";

constexpr std::uint64_t progress_step = 1 << 20;

WallTime to_time(std::int64_t ns) {
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(ns)));
}

std::int64_t to_ns(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string partial_key(const std::string& file) {
  constexpr std::size_t digits = 32;  // of a hash: names may be longer than a file's may be
  http::Hash hash;
  hash.add(file);
  return hash.hex().substr(0, digits);
}

bool is_of(const Recorded& recorded, const ArchiveName& name, const BuildSettings& settings) {
  const std::string begin = std::string(to_text(settings.format)) + " ";
  const std::string end = name.repo_tag.empty() ? "" : " " + name.repo_tag;
  const bool has_tag = std::count(recorded.mark.begin(), recorded.mark.end(), ' ') > 1;
  return recorded.platform == settings.platform.text() && recorded.mark.starts_with(begin) &&
         recorded.mark.ends_with(end) && has_tag == !name.repo_tag.empty();
}

Build::Build(Workshop& workshop, const NamedImage& image,
             std::vector<registry::Credentials> credentials,
             std::function<void(runtime::Progress)> on_progress, Done done)
    : workshop_(workshop),
      image_(image),
      credentials_(std::move(credentials)),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)),
      partial_(partial_key(image.name.file) + ".tar") {
  step_ = workshop_.scheduler.after(Duration::zero(), [this] { begin(); });
}

Build::~Build() { workshop_.rooms.erase(&room_); }

void Build::begin() {
  const HandlePtr last = std::move(step_);
  const auto& settings = workshop_.settings;
  const auto state = workshop_.folder.state(image_.name.file);
  if (state) {
    const auto known = workshop_.record.archives.find(image_.name.file);
    const bool is_foreign = known == workshop_.record.archives.end();
    const bool may_stay =
        is_foreign ? image_.image.digest.empty() : is_of(known->second, image_.name, settings);
    if (may_stay &&
        !is_due(to_time(state->modified), workshop_.scheduler.wall_now(), settings.age_limit))
      return finish(kip::Done{});
  }
  step_ = workshop_.client.resolve(image_.image, credentials_, [this](const auto& answer) {
    const HandlePtr asked = std::move(step_);
    if (!answer) return fail(failure_of(answer.error()));
    resolved(*answer);
  });
}

void Build::resolved(const registry::Resolved& found) {
  digest_ = found.digest.text();
  const auto known = workshop_.record.archives.find(image_.name.file);
  if (known != workshop_.record.archives.end() && known->second.digest == digest_ &&
      !workshop_.settings.is_rebuilt && is_of(known->second, image_.name, workshop_.settings)) {
    keep(digest_);
    return;
  }
  step_ = std::make_unique<ManifestLookup>(workshop_, image_.image, credentials_, found.digest,
                                           [this](auto answer) {
                                             const HandlePtr asked = std::move(step_);
                                             if (!answer) return fail(answer.error());
                                             found_manifest(std::move(*answer));
                                           });
}

void Build::found_manifest(FoundManifest found) {
  found_ = std::move(found);
  const std::string mark = mark_of(found_->source.digest, image_.name, workshop_.settings.format);
  const auto known = workshop_.record.archives.find(image_.name.file);
  // The index moved, and the image for this platform did not.
  if (known != workshop_.record.archives.end() && known->second.mark == mark &&
      !workshop_.settings.is_rebuilt)
    return keep(digest_);
  wait_for_turn();
}

// What is there is right: it is as if it were new.
void Build::keep(const std::string& digest) {
  Recorded& recorded = workshop_.record.archives.at(image_.name.file);
  const std::int64_t now = to_ns(workshop_.scheduler.wall_now());
  if (auto status = workshop_.folder.touch(image_.name.file, now); !status)
    return fail(status.error());
  recorded.digest = digest;
  recorded.platform = workshop_.settings.platform.text();
  recorded.image = image_.image.text;
  recorded.modified = now;
  recorded.old_file = image_.name.old_file;
  if (!image_.name.old_file.empty())
    if (auto status = workshop_.folder.make_link(image_.name.old_file, image_.name.file); !status)
      return fail(status.error());
  finish(kip::Done{});
}

void Build::wait_for_turn() {
  const HandlePtr last = std::move(step_);
  if (workshop_.folder.state(image_.name.file)) {
    if (workshop_.claims.is_taken(replacing)) {
      step_ = workshop_.claims.wait(replacing, [this] { wait_for_turn(); });
      return;
    }
    turn_ = workshop_.claims.take(replacing);
  }
  open();
}

// Before the first byte: the whole archive has to find room, beside what others are writing.
std::optional<runtime::Failure> Build::find_room() {
  std::vector<std::uint64_t> sizes = {found_->manifest.config.size, found_->source.size};
  std::uint64_t packed = 0;
  for (const auto& layer : found_->manifest.layers) {
    sizes.push_back(layer.blob.size);
    if (layer.packing == Packing::zstd) packed += layer.blob.size;
    progress_.total += layer.blob.size;
  }
  room_.whole = tar_size(sizes) + packed + room_for_documents;
  room_.left = room_.whole - std::min(room_.whole, file_.size());
  std::uint64_t others_left = 0, others_whole = 0;
  for (const auto* other : workshop_.rooms) {
    others_left += other->left;
    others_whole += other->whole;
  }
  const auto free = workshop_.folder.free_bytes();
  if (free < room_.left + others_left)
    return runtime::Failure{Kind::no_space, image_.image.text + ": its archive needs " +
                                                std::to_string(room_.left) +
                                                " bytes, and the disk has " + std::to_string(free) +
                                                " free, of which others that are being "
                                                "written need " +
                                                std::to_string(others_left)};
  const auto& limit = workshop_.settings.disk_limit;
  std::uint64_t kept = 0;
  for (const auto& [file, recorded] : workshop_.record.archives) kept += recorded.bytes;
  if (limit && kept + others_whole + room_.whole > *limit)
    return runtime::Failure{Kind::no_space, image_.image.text + ": its archive needs " +
                                                std::to_string(room_.whole) + " bytes; there are " +
                                                std::to_string(kept + others_whole) +
                                                ", and the limit is " + std::to_string(*limit)};
  workshop_.rooms.insert(&room_);
  return std::nullopt;
}

void Build::open() {
  auto file = workshop_.folder.open_partial(partial_);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  if (const auto failure = find_room()) return fail(*failure);
  if (!std::exchange(workshop_.knows_places, true))
    for (const auto& [name, recorded] : workshop_.record.archives)
      workshop_.places.add_archive(workshop_.folder, name);
  const Descriptor& config = found_->manifest.config;
  if (config.size > largest_config)
    return fail({Kind::other, image_.image.text + ": its configuration has " +
                                  std::to_string(config.size) + " bytes; expected at most " +
                                  std::to_string(largest_config)});
  // The layers follow from it, and it is the first blob.
  contents_ =
      contents_of(found_->source, found_->body, {found_->manifest.media_type, config, {}}, {});
  next_blob();
}

void Build::configuration() {
  std::string text(contents_->blobs[0].size, '\0');
  const auto got = file_.read(tar_header_bytes, text.data(), text.size());
  if (!got) return fail(got.error());
  auto config = parse_image_config(*got, found_->manifest.layers.size());
  if (!config)
    return fail({Kind::not_found, image_.image.text + ": the configuration " + config.error()});
  if (const auto flaw = mismatch(found_->manifest, *config))
    return fail({Kind::not_found, image_.image.text + ": the configuration " + *flaw});
  contents_ =
      contents_of(found_->source, std::move(found_->body), found_->manifest, *std::move(config));
  next_blob();
}

void Build::next_blob() {
  if (next_ == contents_->blobs.size()) {
    if (const auto failure = end_archive()) return fail(*failure);
    return finish(kip::Done{});
  }
  ArchivedBlob& blob = contents_->blobs[next_];
  const auto fetched = [this](std::uint64_t bytes) { on_fetched(bytes); };
  if (blob.is_unpacked()) {
    const std::string packed =
        partial_key(image_.name.file) + "-" + std::string(blob.source.digest.hex()) + ".zst";
    step_ = std::make_unique<UnpackedLayer>(
        workshop_, UnpackedLayer::Job{image_.image, credentials_, blob, file_, at_, packed},
        fetched, [this](auto result) {
          const HandlePtr last = std::move(step_);
          if (!result) return fail(result.error());
          contents_->blobs[next_].size = *result;
          whole_entry(*result);
        });
    return;
  }
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
                        at_ + tar_header_bytes},
      fetched, [this](const auto& result) {
        const HandlePtr last = std::move(step_);
        if (!result) return fail(result.error());
        whole_entry(contents_->blobs[next_].size);
      });
}

void Build::whole_entry(std::uint64_t size) {
  const auto data = at_ + tar_header_bytes;
  const std::string zeros(padded(size) - size, '\0');
  if (auto status = file_.write(data + size, zeros); !status) return fail(status.error());
  workshop_.places.add(contents_->blobs[next_].digest,
                       {workshop_.folder.path_of_partial(partial_), data, size});
  at_ = data + padded(size);
  room_.left = room_.whole - std::min(room_.whole, at_);
  ++next_;
  next_ == 1 ? configuration() : next_blob();
}

std::optional<runtime::Failure> Build::end_archive() {
  const auto& settings = workshop_.settings;
  auto status = file_.truncate(at_);
  std::string end;
  for (const auto& document : documents_of(*contents_, image_.name, settings.format)) {
    end += tar_header(document.path, document.body.size()) + document.body;
    end.append(padded(document.body.size()) - document.body.size(), '\0');
  }
  end += tar_end();
  if (status) status = file_.write(at_, end);
  if (!status) return status.error();

  // The record first: what is in place and not recorded would be taken for somebody else's.
  const std::string& name = image_.name.file;
  const std::int64_t now = to_ns(workshop_.scheduler.wall_now());
  auto& recorded = workshop_.record.archives;
  const auto before =
      recorded.find(name) == recorded.end() ? std::nullopt : std::optional(recorded.at(name));
  recorded[name] = {.image = image_.image.text,
                    .platform = settings.platform.text(),
                    .mark = mark_of(contents_->source.digest, image_.name, settings.format),
                    .digest = digest_,
                    .old_file = image_.name.old_file,
                    .bytes = file_.size(),
                    .modified = now};
  status = workshop_.folder.write_record(workshop_.record);
  if (status) status = workshop_.folder.publish(file_, partial_, name, now);
  if (!status) {
    before ? void(recorded[name] = *before) : void(recorded.erase(name));
    return status.error();
  }
  workshop_.places.renamed(workshop_.folder.path_of_partial(partial_), name);
  if (!image_.name.old_file.empty())
    if (status = workshop_.folder.make_link(image_.name.old_file, name); !status)
      return status.error();
  return std::nullopt;
}

void Build::on_fetched(std::uint64_t bytes) {
  const auto before = progress_.done;
  progress_.done += bytes;
  progress_.total = std::max(progress_.total, progress_.done);
  if (before / progress_step != progress_.done / progress_step || before == 0)
    on_progress_(progress_);
}

void Build::fail(runtime::Failure failure) {
  // On a full disk nothing is left that others, or the next attempt, could need the room for.
  if (failure.kind == Kind::no_space) {
    for (const auto& each : workshop_.folder.partials())
      if (each.starts_with(partial_key(image_.name.file))) workshop_.folder.remove_partial(each);
    workshop_.places.forget(workshop_.folder.path_of_partial(partial_));
  }
  finish(std::move(failure));
}

void Build::finish(const Result<kip::Done, runtime::Failure>& result) {
  const HandlePtr last = std::move(step_);
  turn_.reset();
  workshop_.rooms.erase(&room_);
  if (progress_.done > 0) on_progress_(progress_);
  const auto done = std::move(done_);
  done(result);
}

}  // namespace kip::archive
