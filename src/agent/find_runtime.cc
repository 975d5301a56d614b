#include "agent/find_runtime.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "cri/cri_runtime.h"
#include "cri/pins.h"
#include "docker/docker_runtime.h"

namespace kip::agent {

namespace {

constexpr Duration patience = std::chrono::seconds(10);  // one that has just started is slow

// Docker's images cannot be pinned, and it has nothing of the kubelet's collection either.
class NoPins : public runtime::Pins {
 public:
  explicit NoPins(Scheduler& scheduler) : scheduler_(scheduler) {}
  HandlePtr pin(const std::string&, OnOutcome done) override { return say_no(std::move(done)); }
  HandlePtr unpin(const std::string&, OnOutcome done) override { return say_no(std::move(done)); }
  HandlePtr list(OnHeld done) override {
    return scheduler_.after(Duration::zero(),
                            [done = std::move(done)] { done(Held{.is_possible = false}); });
  }

 private:
  HandlePtr say_no(OnOutcome done) {
    return scheduler_.after(Duration::zero(),
                            [done = std::move(done)] { done(Outcome::impossible); });
  }
  Scheduler& scheduler_;
};

FoundRuntime connect(Loop& loop, const Socket& socket, const std::string& instance) {
  if (socket.kind == Socket::Kind::docker)
    return {std::make_unique<docker::DockerRuntime>(loop, socket.path),
            std::make_unique<NoPins>(loop)};
  const auto channel = cri::connect(loop, socket.path);
  return {std::make_unique<cri::CriRuntime>(loop, channel, instance),
          std::make_unique<cri::Pins>(channel, instance)};
}

}  // namespace

void RuntimeFinder::start(OnFound done) {
  done_ = std::move(done);
  again_ = loop_.after(Duration::zero(), [this] { try_next(); });
}

void RuntimeFinder::try_next() {
  call_.reset();
  deadline_.reset();
  trying_ = {};
  if (next_ == sockets_.size())
    return done_(permanent("no container runtime answers: " + joined(problems_, "; ")));
  trying_ = connect(loop_, sockets_[next_], instance_);
  deadline_ = loop_.after(patience, [this] { give_up("no answer"); });
  call_ = trying_.runtime->version([this](const Result<std::string, runtime::Failure>& version) {
    if (!version) return give_up(version.error().message);
    deadline_.reset();
    log::debug("found the container runtime",
               {{"runtime", *version}, {"socket", sockets_[next_].path}});
    // Not from inside the runtime's own callback.
    again_ = loop_.after(Duration::zero(), [this] {
      call_.reset();
      done_(std::move(trying_));
    });
  });
}

void RuntimeFinder::give_up(const std::string& problem) {
  problems_.push_back(sockets_[next_].path + " says: " + problem);
  ++next_;
  again_ = loop_.after(Duration::zero(), [this] { try_next(); });
}

}  // namespace kip::agent
