#include "controller/shared_surroundings.h"

#include <optional>
#include <utility>

namespace kip::controller {

class SharedSurroundings::View : public Surroundings {
 public:
  explicit View(SharedSurroundings& all) : all_(all) {}
  ~View() override {
    if (place_) all_.followers_.erase(*place_);
  }

  void start(std::function<void()> on_change) override {
    place_ = all_.followers_.insert(all_.followers_.end(), std::move(on_change));
  }
  void look_at_owner() override { all_.real_->look_at_owner(); }
  std::uint64_t owner_reads() const override { return all_.real_->owner_reads(); }
  bool is_known() const override { return all_.real_->is_known(); }
  const core::Facts& facts() const override { return all_.real_->facts(); }
  core::OwnerState owner_state() const override { return all_.real_->owner_state(); }
  const json& owner() const override { return all_.real_->owner(); }
  std::set<std::string> predecessors() const override { return all_.real_->predecessors(); }
  std::optional<std::string> reason_to_stay() const override {
    return all_.real_->reason_to_stay();
  }

 private:
  SharedSurroundings& all_;
  std::optional<std::list<std::function<void()>>::iterator> place_;
};

void SharedSurroundings::start(std::function<void()> on_change) {
  real_->start([this, on_change = std::move(on_change)] {
    on_change();
    for (const auto& follower : followers_) follower();  // each wakes, and nothing else
  });
}

std::unique_ptr<Surroundings> SharedSurroundings::view() { return std::make_unique<View>(*this); }

}  // namespace kip::controller
