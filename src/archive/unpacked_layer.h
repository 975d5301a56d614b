// A layer of zstd, unpacked into its place in an archive: it is fetched into a file of its own
// first, so that an interrupted one goes on. Belongs to the loop; destroying it gives it up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/blob_into_file.h"
#include "archive/layout.h"
#include "archive/zstd_reader.h"

namespace kip::archive {

class UnpackedLayer : public Handle {
 public:
  struct Job {
    types::ImageReference image;
    std::vector<registry::Credentials> credentials;
    ArchivedBlob blob;
    File& file;
    std::uint64_t at;         // of the entry's header
    std::string packed_file;  // a partial's name
    SteadyTime waits_until;   // for somebody who unpacks the same
    // Asked before a layer of so many bytes is in the file.
    std::function<Result<kip::Done, runtime::Failure>(std::uint64_t bytes)> has_room;
  };
  // With the size of the layer, in bytes: header and data are in the file then.
  using Done = std::function<void(Result<std::uint64_t, runtime::Failure>)>;

  UnpackedLayer(Workshop& workshop, Job job, std::function<void(std::uint64_t)> on_fetched,
                Done done);

 private:
  bool waits();
  void look();
  void bring(std::uint64_t size, std::function<void()> otherwise);
  void look_elsewhere();
  void fetch();
  void unpack();
  bool unpack_piece();
  void end(std::uint64_t size);
  void fail(runtime::Failure failure);
  void finish(Result<std::uint64_t, runtime::Failure> result);

  Workshop& workshop_;
  const Job job_;
  const std::function<void(std::uint64_t)> on_fetched_;
  Done done_;
  File packed_;
  std::unique_ptr<ZstdReader> reader_;
  http::Hash hash_;
  std::uint64_t size_ = 0;
  HandlePtr claim_, turn_, step_;
};

}  // namespace kip::archive
