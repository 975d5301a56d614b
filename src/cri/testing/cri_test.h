// A loop, a fake runtime and a channel to it, for tests.
#pragma once

#include <utility>  // Boost 1.74 needs it before Asio

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cri/connect.h"
#include "cri/testing/fake_runtime.h"
#include "rpc/channel.h"
#include "testing/on_loop.h"
#include "types/image_reference.h"

namespace kip::testing {

using namespace std::chrono_literals;

class CriTest : public OnLoop {
 protected:
  using Reply = FakeRuntime::Reply;

  FakeRuntime runtime_;
  std::shared_ptr<cri::Channel> channel_ = cri::connect(loop_, runtime_.socket());
};

inline types::ImageReference reference(const std::string& text) {
  return *types::parse_image_reference(text);
}

}  // namespace kip::testing
