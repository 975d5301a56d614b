#include "cli/main_loop.h"

#include "base/log.h"
#include "cli/process.h"

namespace kip::cli {

void run_until_signal(Loop& loop,
                      const std::function<void(std::function<void()> done)>& shut_down) {
  bool is_stopping = false;
  loop.on_signal([&](int signal) {
    log::info("signal received", {{"signal", signal}});
    if (is_stopping) return loop.stop();
    is_stopping = true;
    shut_down([&] { loop.stop(); });
  });
  const MemoryKeeper keeper(loop);
  loop.run();
}

}  // namespace kip::cli
