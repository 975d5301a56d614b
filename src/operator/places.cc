#include "operator/places.h"

#include <utility>

namespace kip::operators {

Places::Place::~Place() { all_.leave(*this); }

std::unique_ptr<Places::Place> Places::take(Scheduler& scheduler, std::function<void()> granted) {
  std::unique_ptr<Place> place(new Place(*this, scheduler, std::move(granted)));
  if (free_ > 0) {
    --free_;
    place->is_granted_ = true;
  } else {
    waiting_.push_back(place.get());
  }
  return place;
}

void Places::leave(const Place& place) {
  if (!place.is_granted_) {
    waiting_.remove_if([&](const Place* each) { return each == &place; });
    return;
  }
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  Place& next = *waiting_.front();
  waiting_.pop_front();
  next.is_granted_ = true;
  next.telling_ = next.scheduler_.after(Duration::zero(), [&next] {
    const HandlePtr ended = std::move(next.telling_);
    next.granted_();
  });
}

}  // namespace kip::operators
