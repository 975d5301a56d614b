#include "agent/image_listing.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::agent {

HandlePtr log_images(runtime::Runtime& runtime, Duration patience, std::string stage,
                     std::function<void()> done) {
  log::debug("starting to list images", {{"stage", stage}});
  return runtime.list(
      patience, [stage = std::move(stage), done = std::move(done)](
                    const Result<std::vector<runtime::Image>, runtime::Failure>& answer) {
        if (!answer) {
          log::warn("the container runtime's images cannot be listed",
                    {{"stage", stage},
                     {"error", answer.error().message},
                     {"kind", to_text(answer.error().kind)}});
          return done();
        }
        for (const auto& image : *answer)
          log::debug("image present in runtime",
                     {{"image", image.tags.empty() ? image.id : joined(image.tags)},
                      {"id", image.id},
                      {"digest", image.digest},
                      {"bytes", std::to_string(image.bytes)},
                      {"pinned", image.is_pinned},
                      {"stage", stage}});
        log::debug("finished listing images", {{"stage", stage}, {"images", answer->size()}});
        done();
      });
}

}  // namespace kip::agent
