// One run of `fetch`, on the loop: the runtime is found, images are pulled, pins, metrics and label
// follow.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/attempt_recorder.h"
#include "agent/credential_providers.h"
#include "agent/fetch.h"
#include "agent/find_runtime.h"
#include "agent/inputs.h"
#include "agent/node_disk.h"
#include "agent/node_label.h"
#include "agent/options.h"
#include "agent/pinning.h"
#include "base/environment.h"
#include "kube/access/connect.h"
#include "loop/loop.h"
#include "metrics/submitter.h"

namespace kip::agent {

// NODE_NAME, or that of this host.
std::string node_name(const Environment& environment);

// Leaves what came of the images where it is asked for.
void write_report(const FetchOptions& options, const std::vector<ImageResult>& results,
                  Duration took, const std::vector<std::string>& bad_entries);

class FetchRun {
 public:
  // `sockets` may be an Error: then nothing can be pulled, which is told as a failure of each
  // image.
  FetchRun(Loop& loop, const Environment& environment, FetchOptions options, Inputs inputs,
           std::vector<CredentialProvider> providers, const Result<std::vector<Socket>>& sockets,
           std::unique_ptr<Output> output);
  // Returns the exit code.
  int run();

 private:
  void find_runtime();
  void ask_providers();
  void find_disk();
  void fetch(DiskGuard* guard);
  void list_images(const char* stage, std::function<void()> then);
  void cannot_begin(const std::string& problem);
  std::vector<ImageResult> not_tried(const runtime::Failure& why) const;
  void pin(const std::vector<ImageResult>& results, bool succeeded);
  void submit(bool succeeded);
  void label(bool succeeded);
  void leave(const std::vector<ImageResult>& results) const;

  Loop& loop_;
  const Environment& environment_;
  const FetchOptions options_;
  Inputs inputs_;
  std::optional<CredentialProviders> providers_;
  const std::unique_ptr<Output> output_;
  AttemptRecorder recorder_;
  const SteadyTime begun_;
  const std::string flaw_;  // of the sockets; "": none
  RuntimeFinder finder_;
  FoundRuntime found_;
  NodeDisk disk_;
  std::optional<Fetch> fetch_;
  std::optional<Pinning> pinning_;
  std::optional<metrics::Submitter> submitter_;
  kube::Connection connection_;
  std::optional<NodeLabeler> labeler_;
  bool is_over_ = false;
  int code_ = 0;
  HandlePtr next_, call_;
};

}  // namespace kip::agent
