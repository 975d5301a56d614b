#include "loop/loop.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kip {

namespace asio = boost::asio;

namespace {

std::atomic<std::thread::id> running_on{};  // the thread of the loop; none: no loop runs

// Lives as long as the handle or the timer's completion, whichever is longer.
struct Timer {
  explicit Timer(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  std::function<void()> f;
};

// Takes the function away from what would call it.
class PostedHandle : public Handle {
 public:
  explicit PostedHandle(std::shared_ptr<std::function<void()>> f) : f_(std::move(f)) {}
  ~PostedHandle() override { *f_ = nullptr; }

 private:
  std::shared_ptr<std::function<void()>> f_;
};

class TimerHandle : public Handle {
 public:
  explicit TimerHandle(std::shared_ptr<Timer> timer) : timer_(std::move(timer)) {}
  ~TimerHandle() override {
    timer_->f = nullptr;
    timer_->timer.cancel();
  }

 private:
  std::shared_ptr<Timer> timer_;
};

}  // namespace

struct Loop::State {
  explicit State(asio::io_context& on) : io(on) {}
  explicit State(std::unique_ptr<asio::io_context> mine) : own(std::move(mine)), io(*own) {}
  const std::unique_ptr<asio::io_context> own;  // null: somebody else's
  asio::io_context& io;
  asio::signal_set signals{io};
  std::function<void(int)> on_signal;
  std::mt19937_64 generator{std::random_device{}()};

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& failed, int number) {
      if (failed) return;
      wait_for_signal();
      on_signal(number);
    });
  }
};

Loop::Loop(asio::io_context& io) : state_(std::make_unique<State>(io)) {}
Loop::Loop() : state_(std::make_unique<State>(std::make_unique<asio::io_context>(1))) {}

Loop::~Loop() {
  boost::system::error_code ignored;
  state_->signals.cancel(ignored);
  state_->io.restart();
  state_->io.poll();
}

void assert_on_loop() {
  const std::thread::id loop = running_on;
  if (loop == std::thread::id{} || loop == std::this_thread::get_id()) return;
  std::fputs("called on a thread that is not the loop's\n", stderr);
  std::abort();
}

void Loop::run() {
  running_on = std::this_thread::get_id();
  state_->io.restart();
  state_->io.run();
  running_on = std::thread::id{};
}

void Loop::stop() { state_->io.stop(); }

void Loop::post(std::function<void()> f) { asio::post(state_->io, std::move(f)); }

void Loop::on_signal(std::function<void(int)> f) {
  const bool first = !state_->on_signal;
  state_->on_signal = std::move(f);
  if (!first) return;
  state_->signals.add(SIGTERM);
  state_->signals.add(SIGINT);
  state_->wait_for_signal();
}

asio::io_context& Loop::io() { return state_->io; }

SteadyTime Loop::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

WallTime Loop::wall_now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

double Loop::random() {
  return std::uniform_real_distribution<double>(0.0, 1.0)(state_->generator);
}

HandlePtr Loop::after(Duration delay, std::function<void()> f) {
  if (delay <= Duration::zero()) return at_once(std::move(f));
  auto timer = std::make_shared<Timer>(state_->io);
  timer->f = std::move(f);
  timer->timer.expires_after(delay);
  timer->timer.async_wait([timer](const boost::system::error_code& failed) {
    if (failed || !timer->f) return;
    const auto call = std::exchange(timer->f, nullptr);  // it may destroy the handle
    call();
  });
  return std::make_unique<TimerHandle>(timer);
}

// Without a timer, which costs three system calls.
HandlePtr Loop::at_once(std::function<void()> f) {
  auto shared = std::make_shared<std::function<void()>>(std::move(f));
  post([shared] {
    if (!*shared) return;
    const auto call = std::exchange(*shared, nullptr);  // it may destroy the handle
    call();
  });
  return std::make_unique<PostedHandle>(std::move(shared));
}

}  // namespace kip
