// What is known of the tags of one DaemonSet's images: as it was told last, and with what came
// since.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "core/refresh.h"
#include "types/image_reference.h"

namespace kip::controller {

class KnownTags {
 public:
  const core::Tags& told() const { return told_; }
  bool has(const types::ImageReference& image) const { return news_.contains(image.text); }

  // What is known of others is forgotten.
  void keep_only(const std::vector<types::ImageReference>& images);

  // What a registry answered at `now`; `digest` is empty where it told none. The last digest that
  // was known is remembered, and a registry that asks us to wait says nothing new.
  void put(const types::ImageReference& image, core::TagState::Kind kind, std::string digest,
           std::string trouble, WallTime now);

  // Whether there was news, which is told from now on.
  bool tell();

 private:
  core::Tags told_;
  decltype(core::Tags::states) news_;
};

}  // namespace kip::controller
