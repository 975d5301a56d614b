// The program's one loop: timers, signals, posted work, the HTTP server and every request to the
// API server run on the thread that calls run(). Owned by main; one loop at a time on an
// io_context.
#pragma once

#include <functional>
#include <memory>

#include "loop/scheduler.h"

namespace boost::asio {
class io_context;
}

namespace kip {

// Ends the process where a loop runs, and on another thread: what belongs to the loop was called by
// a thread of a library. For the places where libraries call us.
void assert_on_loop();

class Loop : public Scheduler {
 public:
  // `io` outlives the loop; with HTTP it is http::io_context(), so that the library needs no
  // threads of its own.
  explicit Loop(boost::asio::io_context& io);
  // With an io_context of its own.
  Loop();
  // Runs what is ready, so that cancelled work lets go of what it holds.
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(). May be called again after that.
  void run();
  void stop();

  // Calls `f` from the loop, soon. The one method that any thread may call.
  void post(std::function<void()> f);

  // Calls `f` with the signal's number for each SIGTERM and SIGINT from now on.
  void on_signal(std::function<void(int)> f);

  // For servers and timers that live on the loop.
  boost::asio::io_context& io();

  SteadyTime now() const override;
  WallTime wall_now() const override;
  double random() override;
  [[nodiscard]] HandlePtr after(Duration delay, std::function<void()> f) override;

 private:
  HandlePtr at_once(std::function<void()> f);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kip
