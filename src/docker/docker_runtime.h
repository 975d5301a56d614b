// The Docker Engine as the node's container runtime. It pins nothing, and keeps nothing of a pull
// that was interrupted: the next one begins anew. Belongs to the loop.
// Source: https://docs.docker.com/reference/api/engine/version/v1.44/
#pragma once

#include <string>

#include "docker/engine.h"
#include "runtime/runtime.h"

namespace kip::docker {

class DockerRuntime : public runtime::Runtime {
 public:
  // The loop outlives this, and all handles go before the loop. `socket` is a path:
  // "/var/run/docker.sock".
  DockerRuntime(Loop& loop, std::string socket);

  // "docker 20.10.24".
  [[nodiscard]] HandlePtr version(Answer<std::string> done) override;
  [[nodiscard]] HandlePtr look(const types::ImageReference& image,
                               Answer<std::optional<runtime::Image>> done) override;
  [[nodiscard]] HandlePtr list(Duration patience,
                               Answer<std::vector<runtime::Image>> done) override;
  [[nodiscard]] HandlePtr store(Answer<std::optional<std::string>> done) override;
  // All: the Engine knows layers by what they unpack to, and tells no other digest.
  [[nodiscard]] HandlePtr lacking(std::vector<std::string> layers,
                                  Answer<std::vector<std::string>> done) override;
  [[nodiscard]] HandlePtr pull(runtime::Pull pull,
                               std::function<void(runtime::Progress)> on_progress,
                               Answer<runtime::Pulled> done) override;

 private:
  // A question whose answer is JSON: what `read` makes of it, and its failure otherwise.
  template <class T, class Read>
  HandlePtr ask(std::string target, Duration patience, Read read, Answer<T> done);

  Loop& loop_;
  Engine engine_;
};

}  // namespace kip::docker
