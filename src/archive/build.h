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
#include "archive/layout.h"
#include "archive/manifest_lookup.h"
#include "archive/workshop.h"
#include "runtime/progress.h"

namespace kip::archive {

class Build : public Handle {
 public:
  using Done = std::function<void(const Result<kip::Done, runtime::Failure>&)>;

  // `done` is called once, from the loop; it may destroy this.
  Build(Workshop& workshop, const NamedImage& image, std::vector<registry::Credentials> credentials,
        std::function<void(runtime::Progress)> on_progress, Done done);
  ~Build() override;

 private:
  void begin();
  void resolved(const registry::Resolved& found);
  void found_manifest(FoundManifest found);
  void wait_for_turn();
  std::optional<runtime::Failure> find_room();
  void open();
  void configuration();
  void next_blob();
  void whole_entry(std::uint64_t size);
  std::optional<runtime::Failure> end_archive();
  void keep(const std::string& digest);
  bool is_as_recorded(const Recorded& recorded) const;
  void fail(runtime::Failure failure);
  void finish(const Result<kip::Done, runtime::Failure>& result);
  void on_fetched(std::uint64_t bytes);

  Workshop& workshop_;
  const NamedImage image_;
  const std::vector<registry::Credentials> credentials_;
  const std::function<void(runtime::Progress)> on_progress_;
  Done done_;

  const std::string partial_;  // the name of its file
  std::string digest_;         // of the tag
  std::optional<FoundManifest> found_;
  std::optional<Contents> contents_;
  std::size_t next_ = 0;  // of the blobs
  File file_;
  std::uint64_t at_ = 0;  // where the next entry begins
  Workshop::Room room_;
  runtime::Progress progress_;
  HandlePtr turn_, step_;
};

// Whether an archive that is there is what these settings make of the image, as far as the record
// tells.
bool is_of(const Recorded& recorded, const ArchiveName& name, const BuildSettings& settings);

// What the name of a partial file of this archive begins with.
std::string partial_key(const std::string& file);

}  // namespace kip::archive
