// Archives in the place of a node's container runtime: to pull an image is to have its archive
// written, or found unmoved. So the plan of pulls, their log and results are the agent's. Belongs
// to the loop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "archive/build.h"
#include "runtime/runtime.h"

namespace kip::archive {

class Archiver : public runtime::Runtime {
 public:
  // `workshop` outlives it.
  Archiver(Workshop& workshop, const std::vector<NamedImage>& images);

  HandlePtr version(Answer<std::string> done) override;
  // Of an archive's mark, which the same image has again. For one that is not ours, and may stay as
  // it is, of its name.
  HandlePtr look(const types::ImageReference& image,
                 Answer<std::optional<runtime::Image>> done) override;
  HandlePtr list(Duration patience, Answer<std::vector<runtime::Image>> done) override;
  // Not told: the room is looked at before each archive (Build).
  HandlePtr store(Answer<std::optional<std::string>> done) override;
  HandlePtr lacking(std::vector<std::string> layers,
                    Answer<std::vector<std::string>> done) override;
  HandlePtr pull(runtime::Pull pull, std::function<void(runtime::Progress)> on_progress,
                 Answer<runtime::Pulled> done) override;

 private:
  bool is_to_be_rebuilt(const std::string& file) const;
  std::optional<runtime::Image> found(const NamedImage& image) const;

  Workshop& workshop_;
  std::map<std::string, NamedImage> images_;  // by the text of the reference
};

}  // namespace kip::archive
