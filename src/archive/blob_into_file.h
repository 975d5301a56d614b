// One blob, brought into its place in a file: what is there already is checked and kept, what
// another archive has is copied, the rest is fetched. Belongs to the loop; destroying it gives it
// up, and what is written stays for the next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/workshop.h"
#include "registry/blob.h"

namespace kip::archive {

class BlobIntoFile : public Handle {
 public:
  struct Job {
    types::ImageReference image;  // in whose repository it is
    std::vector<registry::Credentials> credentials;
    types::Digest digest;
    std::uint64_t size;          // bytes
    File& file;                  // outlives this
    std::uint64_t at;            // where the blob begins; nothing of use stands behind it
    SteadyTime waits_until;      // for somebody who fetches the same
    bool may_be_fetched = true;  // else it has to be there, or in another archive
  };
  using Done = std::function<void(Result<kip::Done, runtime::Failure>)>;

  // `on_fetched` gets the number of bytes that came over the network. `done` is called once, from
  // the loop; it may destroy this. After bytes that are not the blob's nothing of it is kept.
  BlobIntoFile(Workshop& workshop, Job job, std::function<void(std::uint64_t)> on_fetched,
               Done done);

 private:
  bool check_piece();
  void obtain();
  bool copy_piece();
  void fetch();
  void fetched(const Result<kip::Done, registry::Failure>& result);
  void begin_anew();
  bool has_its_digest() const;
  void finish(Result<kip::Done, runtime::Failure> result);

  Workshop& workshop_;
  const Job job_;
  const std::function<void(std::uint64_t)> on_fetched_;
  Done done_;
  registry::BlobProgress progress_;
  std::uint64_t there_ = 0;     // bytes that were in the file
  std::uint64_t last_had_ = 0;  // when the fetch before began
  File source_;                 // that is copied from
  BlobPlaces::Place place_;
  std::vector<char> piece_;
  HandlePtr claim_, step_;
};

}  // namespace kip::archive
