// The same surroundings for several Reconcilers, asked for once. Belongs to the loop, and outlives
// its views.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "controller/surroundings.h"

namespace kip::controller {

class SharedSurroundings {
 public:
  explicit SharedSurroundings(std::unique_ptr<Surroundings> real) : real_(std::move(real)) {}

  // Asks for them; `on_change` is called before the views'. Call once.
  void start(std::function<void()> on_change);
  const Surroundings& operator*() const { return *real_; }
  const Surroundings* operator->() const { return real_.get(); }

  std::unique_ptr<Surroundings> view();

 private:
  class View;

  const std::unique_ptr<Surroundings> real_;
  std::list<std::function<void()>> followers_;
};

}  // namespace kip::controller
