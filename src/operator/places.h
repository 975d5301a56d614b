// So many at once; who comes later waits, first come, first served. Belongs to the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include "loop/scheduler.h"

namespace kip::operators {

class Places {
 public:
  // A place, or one in the queue. Destroying it gives it to the next.
  class Place {
   public:
    ~Place();
    bool is_granted() const { return is_granted_; }

   private:
    friend class Places;
    Place(Places& all, Scheduler& scheduler, std::function<void()> granted)
        : all_(all), scheduler_(scheduler), granted_(std::move(granted)) {}

    Places& all_;
    Scheduler& scheduler_;
    const std::function<void()> granted_;
    bool is_granted_ = false;
    HandlePtr telling_;
  };

  explicit Places(std::size_t count) : free_(count), count_(count) {}

  // Granted at once, or later: then `granted` is called, from the loop. This outlives it.
  std::unique_ptr<Place> take(Scheduler& scheduler, std::function<void()> granted);
  std::size_t count() const { return count_; }

 private:
  void leave(const Place& place);

  std::size_t free_;
  const std::size_t count_;
  std::list<Place*> waiting_;
};

}  // namespace kip::operators
