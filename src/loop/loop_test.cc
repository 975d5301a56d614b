#include "loop/loop.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace kip {
namespace {

using namespace std::chrono_literals;

TEST(Loop, WhatIsDueAtOnceRunsInItsOrderAndBeforeATimer) {
  boost::asio::io_context io;
  Loop loop{io};
  std::vector<int> ran;
  const auto late = loop.after(1ms, [&] {
    ran.push_back(3);
    loop.stop();
  });
  const auto first = loop.after(0ms, [&] { ran.push_back(1); });
  const auto second = loop.after(-1ms, [&] { ran.push_back(2); });
  loop.run();
  EXPECT_EQ(ran, (std::vector{1, 2, 3}));
}

TEST(Loop, WhatWasLetGoOfDoesNotRun) {
  boost::asio::io_context io;
  Loop loop{io};
  bool ran = false;
  auto soon = loop.after(0ms, [&] { ran = true; }), later = loop.after(1ms, [&] { ran = true; });
  soon.reset();
  later.reset();
  const auto end = loop.after(5ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(ran);
}

TEST(Loop, AFunctionMayLetGoOfItself) {
  boost::asio::io_context io;
  Loop loop{io};
  for (const Duration delay : {Duration{0ms}, Duration{1ms}}) {
    HandlePtr handle;
    const auto held = std::make_shared<int>(1);
    handle = loop.after(delay, [&, held] {
      handle.reset();
      EXPECT_EQ(*held, 1);  // is still there
      loop.stop();
    });
    loop.run();
  }
}

TEST(LoopDeathTest, WhatIsCalledOnAnotherThreadEndsTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        boost::asio::io_context io;
        Loop loop{io};
        const auto soon = loop.after(0ms, [] { std::thread(assert_on_loop).join(); });
        loop.run();
      },
      "not the loop's");
}

TEST(Loop, OnItsThreadAndWithoutALoopAllIsWell) {
  assert_on_loop();
  boost::asio::io_context io;
  Loop loop{io};
  const auto soon = loop.after(0ms, [&] {
    assert_on_loop();
    loop.stop();
  });
  loop.run();
  std::thread(assert_on_loop).join();
}

}  // namespace
}  // namespace kip
