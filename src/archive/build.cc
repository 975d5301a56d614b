#include "archive/build.h"

#include <utility>

#include "archive/age.h"
#include "archive/inventory.h"

namespace kip::archive {

namespace {

// An archive that replaces another takes room for both. One at a time, so that the folder never
// needs more than one archive beyond what it holds in the end.
constexpr const char* replacing = "replacing";

}  // namespace

Build::Build(Workshop& workshop, Job job, std::function<void(runtime::Progress)> on_progress,
             Done done)
    : workshop_(workshop),
      job_(std::move(job)),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)) {
  step_ = workshop_.scheduler.after(Duration::zero(), [this] { begin(); });
}

const Recorded* Build::recorded() const {
  const auto found = workshop_.record.archives.find(job_.image.name.file);
  return found == workshop_.record.archives.end() ? nullptr : &found->second;
}

void Build::begin() {
  const HandlePtr last = std::move(step_);
  const auto& settings = workshop_.settings;
  const NamedImage& image = job_.image;
  for (const auto& place : {image.name.file, image.name.old_file})
    if (auto status = workshop_.folder.can_be_put(place); !status) return fail(status.error());
  if (const auto state = workshop_.folder.state(image.name.file)) {
    const Recorded* known = recorded();
    // What others put there stays, where nobody says by a digest that it has to be another.
    const bool may_stay =
        known == nullptr ? image.image.digest.empty() : is_of(*known, image, settings);
    if (may_stay &&
        !is_due(from_ns(state->modified), workshop_.scheduler.wall_now(), settings.age_limit))
      return finish(kip::Done{});
  }
  step_ = workshop_.client.resolve(image.image, job_.credentials, [this](const auto& answer) {
    const HandlePtr asked = std::move(step_);
    if (!answer) return fail(failure_of(answer.error()));
    resolved(*answer);
  });
}

void Build::resolved(const registry::Resolved& found) {
  digest_ = found.digest.text();
  const auto& settings = workshop_.settings;
  const Recorded* known = recorded();
  if (known != nullptr && known->digest == digest_ && !settings.is_rebuilt &&
      is_of(*known, job_.image, settings))
    return keep();
  step_ = std::make_unique<ManifestLookup>(workshop_, job_.image.image, job_.credentials,
                                           found.digest, [this](auto answer) {
                                             const HandlePtr asked = std::move(step_);
                                             if (!answer) return fail(answer.error());
                                             found_manifest(std::move(*answer));
                                           });
}

void Build::found_manifest(FoundManifest found) {
  found_ = std::move(found);
  const std::string mark =
      mark_of(found_->source.digest, job_.image.name, workshop_.settings.format);
  const Recorded* known = recorded();
  // The index moved, and the image for this platform did not.
  if (known != nullptr && known->mark == mark && !workshop_.settings.is_rebuilt) return keep();
  wait_for_turn();
}

// What is there is right: it is as if it were new.
void Build::keep() {
  const ArchiveName& name = job_.image.name;
  Recorded& recorded = workshop_.record.archives.at(name.file);
  const std::int64_t now = to_ns(workshop_.scheduler.wall_now());
  if (auto status = workshop_.folder.touch(name.file, now); !status) return fail(status.error());
  const std::string link = std::exchange(recorded.old_file, name.old_file);
  recorded.digest = digest_;
  recorded.platform = workshop_.settings.platform.text();
  recorded.image = job_.image.image.text;
  recorded.modified = now;
  finish(workshop_.folder.move_link(link, name.old_file, name.file));
}

void Build::wait_for_turn() {
  const HandlePtr last = std::move(step_);
  if (workshop_.folder.state(job_.image.name.file)) {
    const bool is_taken = workshop_.claims.is_taken(replacing);
    if (is_taken && workshop_.scheduler.now() < job_.waits_until) {
      step_ = workshop_.claims.wait(replacing, job_.waits_until, [this] { wait_for_turn(); });
      return;
    }
    // Beside one that takes its time, where the disk has room for both.
    if (!is_taken) turn_ = workshop_.claims.take(replacing);
  }
  write();
}

void Build::write() {
  step_ = std::make_unique<ArchiveWriter>(workshop_,
                                          ArchiveWriter::Job{job_.image, job_.credentials, digest_,
                                                             *std::move(found_), job_.waits_until},
                                          on_progress_, [this](const auto& result) {
                                            const HandlePtr last = std::move(step_);
                                            finish(result);
                                          });
}

void Build::finish(const Result<kip::Done, runtime::Failure>& result) {
  const HandlePtr last = std::move(step_);
  turn_.reset();
  const auto done = std::move(done_);
  done(result);
}

}  // namespace kip::archive
