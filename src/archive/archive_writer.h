// One image's archive, written: blob after blob into a partial file, which takes its place when it
// is whole. Belongs to the loop; destroying it gives it up, and the next one goes on where it was
// left.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/layout.h"
#include "archive/manifest_lookup.h"
#include "archive/workshop.h"
#include "runtime/progress.h"

namespace kip::archive {

class ArchiveWriter : public Handle {
 public:
  struct Job {
    NamedImage image;
    std::vector<registry::Credentials> credentials;
    std::string digest;  // of the tag
    FoundManifest found;
    SteadyTime waits_until;  // for others that bring the same blob
  };
  using Done = std::function<void(const Result<kip::Done, runtime::Failure>&)>;

  // `done` is called once, from the loop; it may destroy this.
  ArchiveWriter(Workshop& workshop, Job job, std::function<void(runtime::Progress)> on_progress,
                Done done);

 private:
  using Status = Result<kip::Done, runtime::Failure>;

  void open();
  void measure();
  Status make_room(std::uint64_t unpacked);
  void configuration();
  void next_blob();
  void unpack();
  void take_over();
  void whole_entry(std::uint64_t size);
  Status end_archive();
  Status publish();
  void fail(const runtime::Failure& failure);
  void finish(const Status& result);
  void on_fetched(std::uint64_t bytes);

  Workshop& workshop_;
  const NamedImage image_;
  const std::vector<registry::Credentials> credentials_;
  const std::string digest_;
  const SteadyTime waits_until_;
  const std::function<void(runtime::Progress)> on_progress_;
  Done done_;

  const std::string partial_;  // the name of its file
  FoundManifest found_;
  std::optional<Contents> contents_;
  std::size_t next_ = 0;  // of the blobs
  File file_;
  std::uint64_t at_ = 0;  // where the next entry begins
  std::unique_ptr<Rooms::Room> room_;
  std::uint64_t expected_ = 0;  // bytes of all that this writes, as far as it is known
  std::map<std::string, std::uint64_t> counted_;  // of it, layers of zstd, by the packed digest
  runtime::Progress progress_;
  HandlePtr step_;
};

// What the names of the partial files of this archive begin with.
std::string partial_key(const std::string& file);

}  // namespace kip::archive
