// One pull by the Docker Engine. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "docker/engine.h"
#include "docker/pull_stream.h"
#include "runtime/runtime.h"

namespace kip::docker {

// With the domain and a tag or a digest, though Docker's users leave them out: "cafe" is also the
// begin of an image's ID to it. The digest goes before the tag.
std::string name_for_engine(const types::ImageReference& image);

// The value of X-Registry-Auth.
std::string registry_auth(const registry::Credentials& shown, const types::ImageReference& image);

class PullCall : public Handle {
 public:
  using OnProgress = std::function<void(runtime::Progress)>;
  using Answer = runtime::Runtime::Answer<runtime::Pulled>;

  // The scheduler outlives this.
  PullCall(Engine& engine, Scheduler& scheduler, runtime::Pull pull, OnProgress on_progress,
           Answer done);

 private:
  void tell_progress();
  void on_end(const Result<http::Response, runtime::Failure>& answer);
  Result<runtime::Pulled, runtime::Failure> outcome(
      const Result<http::Response, runtime::Failure>& answer);

  Scheduler& scheduler_;
  const runtime::Pull pull_;
  OnProgress on_progress_;
  Answer done_;
  PullStream stream_;
  runtime::Progress told_;
  HandlePtr call_, pace_;
};

}  // namespace kip::docker
