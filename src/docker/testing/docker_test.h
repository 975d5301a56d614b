// A loop and a fake Engine, for tests.
#pragma once

#include <functional>
#include <memory>
#include <utility>  // Boost 1.74 needs it before Asio

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "docker/testing/fake_engine.h"
#include "loop/loop.h"
#include "types/image_reference.h"

namespace kip::testing {

using namespace std::chrono_literals;

class DockerTest : public ::testing::Test {
 protected:
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

  void serve(FakeEngine::Behaviour behaviour, std::string api_version = "1.41") {
    engine_ = std::make_unique<FakeEngine>(std::move(behaviour), std::move(api_version));
  }

  boost::asio::io_context io_{1};
  Loop loop_{io_};
  std::unique_ptr<FakeEngine> engine_;
};

inline types::ImageReference reference(const std::string& text) {
  return *types::parse_image_reference(text);
}

}  // namespace kip::testing
