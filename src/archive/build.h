// One image's archive, made or found to be right as it is: its registry is asked if it is old
// enough, and what moved is built anew beside the old, which is there until the new is whole.
// Belongs to the loop; destroying it gives it up, and the next one goes on where it was left.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_name.h"
#include "archive/archive_writer.h"
#include "archive/manifest_lookup.h"
#include "archive/workshop.h"
#include "runtime/progress.h"

namespace kip::archive {

class Build : public Handle {
 public:
  using Done = ArchiveWriter::Done;
  struct Job {
    NamedImage image;
    std::vector<registry::Credentials> credentials;
    // What others bring, or are about to replace, is waited for until then, so that there is time
    // left for this one.
    SteadyTime waits_until;
  };

  // `done` is called once, from the loop; it may destroy this.
  Build(Workshop& workshop, Job job, std::function<void(runtime::Progress)> on_progress, Done done);

 private:
  void begin();
  void resolved(const registry::Resolved& found);
  void found_manifest(FoundManifest found);
  void wait_for_turn();
  void write();
  void keep();
  const Recorded* recorded() const;
  void fail(const runtime::Failure& failure) { finish(failure); }
  void finish(const Result<kip::Done, runtime::Failure>& result);

  Workshop& workshop_;
  const Job job_;
  const std::function<void(runtime::Progress)> on_progress_;
  Done done_;

  std::string digest_;  // of the tag
  std::optional<FoundManifest> found_;
  HandlePtr turn_, step_;
};

}  // namespace kip::archive
