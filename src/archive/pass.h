// One check of the whole list: the folder is locked, archives are made or found to be right, what
// left the list is pruned. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agent/fetch.h"
#include "archive/archiver.h"
#include "archive/inputs.h"
#include "archive/options.h"

namespace kip::archive {

class Pass {
 public:
  using Done = std::function<void(const std::vector<agent::ImageResult>&)>;

  // All but the options outlive it.
  Pass(Scheduler& scheduler, agent::Output& output, Folder& folder, const Options& options,
       Inputs inputs, registry::Client::Options client);
  ~Pass();

  // Call once. `done` comes once, with one result for each image, in their order; not from inside
  // this call, and it may not destroy this.
  void start(Done done);
  // The results as they are now: what is not there yet has failed because of `why`.
  std::vector<agent::ImageResult> results(const std::string& why) const;

 private:
  void lock();
  void fetch();
  void end(const std::vector<agent::ImageResult>& results);
  void prune(const std::vector<agent::ImageResult>& results);
  void remove_partials(const std::vector<agent::ImageResult>& results);
  void fail_all(const runtime::Failure& failure);

  Scheduler& scheduler_;
  agent::Output& output_;
  Folder& folder_;
  const Options options_;
  const Inputs inputs_;
  registry::Client client_;
  Workshop workshop_;
  Archiver archiver_;
  std::optional<agent::Fetch> fetch_;
  std::optional<File> lock_;
  bool has_told_of_lock_ = false;
  Done done_;
  HandlePtr timer_;
};

// By which a record knows the list of a pass, and how its archives are to be.
std::string key_of_list(const std::vector<NamedImage>& images, const BuildSettings& settings);

}  // namespace kip::archive
