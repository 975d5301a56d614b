#include "archive/claims.h"

#include <algorithm>
#include <utility>

namespace kip::archive {

namespace {

constexpr Duration longest_wait = std::chrono::hours(24);

}  // namespace

class Claims::Waiter : public Handle {
 public:
  Waiter(Claims& all, std::string key, SteadyTime until, std::function<void()> f)
      : all_(all), key_(std::move(key)), f_(std::move(f)) {
    all_.taken_.at(key_).push_back(this);
    is_listed_ = true;
    // No timer is set for ever; who is called too early waits again.
    call_in(std::clamp<Duration>(until - all_.scheduler_.now(), Duration::zero(), longest_wait));
  }
  ~Waiter() override {
    if (is_listed_) all_.taken_.at(key_).remove(this);
  }
  void wake() {
    is_listed_ = false;
    call_in(Duration::zero());
  }

 private:
  void call_in(Duration delay) {
    timer_ = all_.scheduler_.after(delay, [this] {
      const auto f = std::exchange(f_, nullptr);  // it may destroy this
      f();
    });
  }

  Claims& all_;
  const std::string key_;
  std::function<void()> f_;
  bool is_listed_ = false;
  HandlePtr timer_;
};

class Claims::Claim : public Handle {
 public:
  Claim(Claims& all, std::string key) : all_(all), key_(std::move(key)) {}
  ~Claim() override {
    const auto waiting = std::move(all_.taken_.extract(key_).mapped());
    for (Waiter* each : waiting) each->wake();
  }

 private:
  Claims& all_;
  const std::string key_;
};

HandlePtr Claims::take(const std::string& key) {
  taken_[key];
  return std::make_unique<Claim>(*this, key);
}

HandlePtr Claims::wait(const std::string& key, SteadyTime until, std::function<void()> f) {
  return std::make_unique<Waiter>(*this, key, until, std::move(f));
}

}  // namespace kip::archive
