// One run of `follow`, on the loop, until a signal: what is published or listed is given to the
// Follower, which gets its runtime as soon as one answers; HTTP says how it goes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/find_runtime.h"
#include "agent/follow_options.h"
#include "agent/follow_pages.h"
#include "agent/follower.h"
#include "agent/node_disk.h"
#include "loop/loop.h"
#include "loop/watched_file.h"
#include "metrics/http_server.h"
#include "nats/client.h"

namespace kip::agent {

class FollowRun {
 public:
  FollowRun(Loop& loop, const Environment& environment, FollowOptions options);
  // Returns the exit code.
  int run();

 private:
  bool listen();
  void find_runtime();
  void use_runtime();
  void subscribe();
  void on_message(std::string_view text);
  void look_at_list();
  std::vector<registry::Credentials> credentials_for(const types::ImageReference& image);
  Result<std::vector<Socket>> sockets() const;
  FollowState state() const;
  void end();

  Loop& loop_;
  const Environment& environment_;
  const FollowOptions options_;
  std::optional<RuntimeFinder> finder_;
  FoundRuntime found_;
  std::string runtime_trouble_ = "no container runtime was found yet", list_trouble_;
  NodeDisk disk_;
  Follower follower_;
  std::unique_ptr<metrics::HttpServer> server_;
  std::unique_ptr<nats::Client> nats_;
  WatchedFile list_file_;
  std::optional<std::string> list_;  // as it was read last
  std::vector<types::ImageReference> listed_;
  std::vector<std::string> told_warnings_;  // of credentials
  std::uint64_t messages_ = 0, bad_messages_ = 0;
  bool is_ending_ = false;
  HandlePtr next_, list_timer_;
};

}  // namespace kip::agent
