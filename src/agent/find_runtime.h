// Finds the container runtime that answers, of the sockets that there are. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/sockets.h"
#include "loop/loop.h"
#include "runtime/pins.h"
#include "runtime/runtime.h"

namespace kip::agent {

// Both speak over one connection.
struct FoundRuntime {
  std::unique_ptr<runtime::Runtime> runtime;
  std::unique_ptr<runtime::Pins> pins;
};

class RuntimeFinder {
 public:
  using OnFound = std::function<void(Result<FoundRuntime> found)>;

  // `instance`: whose pins are meant. The loop outlives it.
  RuntimeFinder(Loop& loop, std::vector<Socket> sockets, std::string instance)
      : loop_(loop), sockets_(std::move(sockets)), instance_(std::move(instance)) {}

  // `done` is called once: with the first runtime that answers, or with an Error that says what
  // each of them said. It may not destroy this.
  void start(OnFound done);

 private:
  void try_next();
  void give_up(const std::string& problem);

  Loop& loop_;
  const std::vector<Socket> sockets_;
  const std::string instance_;
  std::size_t next_ = 0;
  std::vector<std::string> problems_;
  FoundRuntime trying_;
  OnFound done_;
  HandlePtr call_, deadline_, again_;
};

}  // namespace kip::agent
