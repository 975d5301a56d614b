// A runtime that speaks the Container Runtime Interface, v1: containerd, CRI-O, cri-dockerd. With
// containerd a pull tells its progress and goes on where the one before was interrupted; others do
// without. Belongs to the loop.
#pragma once

#include <memory>
#include <string>

#include "cri/connect.h"
#include "runtime/runtime.h"

namespace kip::cri {

class CriRuntime : public runtime::Runtime {
 public:
  // `instance`: who pulls, the same after a restart: what an interrupted pull brought is kept for
  // the same one. The loop outlives this, and all handles go before it; neither may a callback
  // destroy it. An image is pulled once at a time.
  CriRuntime(Loop& loop, std::shared_ptr<Channel> channel, std::string instance);
  ~CriRuntime() override;
  CriRuntime(const CriRuntime&) = delete;
  CriRuntime& operator=(const CriRuntime&) = delete;

  [[nodiscard]] HandlePtr version(Answer<std::string> done) override;
  [[nodiscard]] HandlePtr look(const types::ImageReference& image,
                               Answer<std::optional<runtime::Image>> done) override;
  [[nodiscard]] HandlePtr list(Duration patience,
                               Answer<std::vector<runtime::Image>> done) override;
  // The first that the runtime names: where it unpacks images.
  [[nodiscard]] HandlePtr store(Answer<std::optional<std::string>> done) override;
  // By the blobs of containerd, which may be set to drop those that it has unpacked; others do not
  // tell.
  [[nodiscard]] HandlePtr lacking(std::vector<std::string> layers,
                                  Answer<std::vector<std::string>> done) override;
  [[nodiscard]] HandlePtr pull(runtime::Pull pull,
                               std::function<void(runtime::Progress)> on_progress,
                               Answer<runtime::Pulled> done) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace kip::cri
