// A loop that a test runs until something is so.
#pragma once

#include <utility>  // Boost 1.74 needs it before Asio

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "loop/loop.h"

namespace kip::testing {

class OnLoop : public ::testing::Test {
 protected:
  OnLoop() : OnLoop(own_io_) {}
  explicit OnLoop(boost::asio::io_context& io) : loop_(io) {}

  // Runs the loop until `is_so`, or for long enough to say that it will not come.
  bool run_until(const std::function<bool()>& is_so, Duration at_most = std::chrono::seconds(20)) {
    const auto end = loop_.now() + at_most;
    HandlePtr timer;
    const std::function<void()> look = [&] {
      if (is_so() || loop_.now() >= end) return loop_.stop();
      timer = loop_.after(std::chrono::milliseconds(2), look);
    };
    timer = loop_.after(Duration::zero(), look);
    loop_.run();
    return is_so();
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

  boost::asio::io_context own_io_{1};
  Loop loop_;
};

}  // namespace kip::testing
