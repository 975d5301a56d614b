// The container runtime of this node, as far as images go: what has it, pull, hold. One
// implementation for each way to speak to one (src/cri, src/docker), and a fake for tests. Belongs
// to the loop: every method and callback is of its thread, and no callback comes from inside the
// call that it answers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "loop/scheduler.h"
#include "registry/credentials.h"
#include "runtime/failure.h"
#include "runtime/progress.h"
#include "types/image_reference.h"

namespace kip::runtime {

// An image that the node has.
struct Image {
  std::string id = {};  // of its configuration, "sha256:…": the same content has the same
  std::string digest =
      {};  // of the manifest or index, as of the repository asked for; may be empty
  std::uint64_t bytes = 0;  // as the runtime counts: containerd compressed, Docker unpacked
  std::vector<std::string> tags = {};
  bool is_pinned = false;
  bool operator==(const Image&) const = default;
};

struct Pull {
  types::ImageReference image;
  registry::Credentials credentials = {};  // anonymous: none are shown
  Duration patience{};                     // it fails as `timeout` after this
  WallTime since{};  // of the first attempt at it: what came after that counts as downloaded
};

struct Pulled {
  // Bytes that came over the network since Pull::since. Nothing: the runtime does not tell, and
  // what was told as progress is all that is known.
  std::optional<std::uint64_t> downloaded = std::nullopt;
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  template <class T>
  using Answer = std::function<void(const Result<T, Failure>&)>;

  // "containerd 2.2.1": what stands at the other end, for the log.
  [[nodiscard]] virtual HandlePtr version(Answer<std::string> done) = 0;
  // The image, or nothing: the node does not have it.
  [[nodiscard]] virtual HandlePtr look(const types::ImageReference& image,
                                       Answer<std::optional<Image>> done) = 0;
  // All that the node has, each once. It fails as `timeout` after `patience`.
  [[nodiscard]] virtual HandlePtr list(Duration patience, Answer<std::vector<Image>> done) = 0;
  // The folder under which images are, as the node's own file system names it; nothing: the runtime
  // does not tell.
  [[nodiscard]] virtual HandlePtr store(Answer<std::optional<std::string>> done) = 0;
  // Of these layers, by their digests in the manifest, those that a pull has to download. A runtime
  // that does not tell: all.
  [[nodiscard]] virtual HandlePtr lacking(std::vector<std::string> layers,
                                          Answer<std::vector<std::string>> done) = 0;
  // Gets the image, or makes sure that the node has what its tag names now. `on_progress` comes
  // whenever the numbers are others, a few times a second at most. Destroying the handle cancels
  // the pull: the next one of the same image goes on where it ended, if the runtime can do that.
  [[nodiscard]] virtual HandlePtr pull(Pull pull, std::function<void(Progress)> on_progress,
                                       Answer<Pulled> done) = 0;
};

}  // namespace kip::runtime
