// Sends results to an aggregator, ours or image-prefetcher's. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/server_url.h"
#include "loop/loop.h"
#include "metrics/pull_result.h"

namespace kip::rpc {
class Channel;
}

namespace kip::metrics {

class Submitter {
 public:
  struct Limits {
    // A pod does not wait longer for an aggregator that is not there.
    Duration patience = std::chrono::seconds(30);
    Duration longest_attempt = std::chrono::seconds(10);
    // As image-prefetcher's: grows by a half after each attempt.
    Duration first_delay = std::chrono::seconds(10);
  };

  // Of `endpoint`, host and port count. The loop, which is that of http::io_context(), outlives it.
  Submitter(Loop& loop, http::ServerUrl endpoint, const Limits& limits);
  ~Submitter();
  Submitter(const Submitter&) = delete;
  Submitter& operator=(const Submitter&) = delete;

  // Call once. All are sent in one call, again where it failed: an ID that is known is not counted
  // twice. `done` is called once, from the loop: they arrived, they cannot arrive, or the time is
  // over, which is told. It may destroy this.
  void submit(const std::vector<PullResult>& results, std::function<void()> done);

 private:
  void try_once();
  void send(const std::string& address);
  void on_failed(const std::string& problem, bool will_pass);
  void end();

  Loop& loop_;
  const http::ServerUrl endpoint_;
  const Limits limits_;
  std::unique_ptr<rpc::Channel> channel_;
  std::vector<std::string> messages_;
  std::function<void()> done_;
  SteadyTime end_{}, end_of_attempt_{};
  std::size_t attempts_ = 0;
  Duration delay_;
  HandlePtr call_, timer_, deadline_;
};

}  // namespace kip::metrics
