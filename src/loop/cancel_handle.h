// The handle to what lives until it has let go of all: destroying the handle cancels it.
#pragma once

#include <memory>
#include <utility>

#include "loop/scheduler.h"

namespace kip {

// Call::cancel() may come at any time, also after its end.
template <class Call>
HandlePtr cancel_handle(std::shared_ptr<Call> call) {
  class CancelHandle : public Handle {
   public:
    explicit CancelHandle(std::shared_ptr<Call> of) : call_(std::move(of)) {}
    ~CancelHandle() override { call_->cancel(); }

   private:
    const std::shared_ptr<Call> call_;
  };
  return std::make_unique<CancelHandle>(std::move(call));
}

}  // namespace kip
