// A loop, a fake runtime and a channel to it, for tests.
#pragma once

#include <utility>  // Boost 1.74 needs it before Asio

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "cri/channel.h"
#include "cri/testing/fake_runtime.h"
#include "loop/loop.h"
#include "types/image_reference.h"

namespace kip::testing {

using namespace std::chrono_literals;

class CriTest : public ::testing::Test {
 protected:
  using Reply = FakeRuntime::Reply;

  // Runs the loop until `is_so`, or for long enough to say that it will not come.
  bool run_until(const std::function<bool()>& is_so, Duration at_most = 20s) {
    const auto end = loop_.now() + at_most;
    HandlePtr timer;
    const std::function<void()> look = [&] {
      if (is_so() || loop_.now() >= end) return loop_.stop();
      timer = loop_.after(2ms, look);
    };
    timer = loop_.after(0ms, look);
    loop_.run();
    return is_so();
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

  boost::asio::io_context io_{1};
  Loop loop_{io_};
  FakeRuntime runtime_;
  std::shared_ptr<cri::Channel> channel_ = cri::connect(loop_, runtime_.socket());
};

inline types::ImageReference reference(const std::string& text) {
  return *types::parse_image_reference(text);
}

}  // namespace kip::testing
