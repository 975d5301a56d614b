#include "agent/node_disk.h"

#include <utility>

#include "agent/image_disk.h"
#include "base/log.h"
#include "registry/client_options.h"
#include "types/platform.h"

namespace kip::agent {

namespace {

// For the sizes of layers: soon, or not at all.
constexpr Duration registry_patience = std::chrono::seconds(5);

}  // namespace

void NodeDisk::find(runtime::Runtime& runtime, int limit, std::function<void(DiskGuard*)> done) {
  if (limit == 0) return done(nullptr);
  call_ = runtime.store([this, &runtime, limit, done = std::move(done)](
                            const Result<std::optional<std::string>, runtime::Failure>& store) {
    const std::string folder = folder_on_disk_of(store && *store ? **store : "");
    if (filesystem_of(folder))
      guard(runtime, limit, folder);
    else
      log::info(
          "pulling without a look at the disk: the one for images cannot be seen from "
          "here",
          {{"store", store && *store ? **store : "not known"}});
    next_ = loop_.after(Duration::zero(), [this, done] {
      call_.reset();
      done(guard_ ? &*guard_ : nullptr);
    });
  });
}

void NodeDisk::guard(runtime::Runtime& runtime, int limit, const std::string& folder) {
  auto options = registry::client_options(environment_);
  if (!options)
    return log::warn("pulling without a look at the disk: registries cannot be asked",
                     {{"problem", options.error().message}});
  options->deadline = options->idle = registry_patience;
  registry_ = std::make_unique<registry::Client>(loop_, std::move(*options));
  guard_.emplace(DiskGuard::Parts{runtime, loop_, *registry_, *registry_,
                                  types::platform_of_machine(machine_name())},
                 limit, [folder] { return filesystem_of(folder); });
}

}  // namespace kip::agent
