// One request about a repository: in its turn, with each of the credentials after the other until
// one is let in. Belongs to the loop; destroying it gives it up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "registry/authorizer.h"
#include "registry/request_queue.h"

namespace kip::registry {

class RepositoryCall : public Handle {
 public:
  struct Settings {
    Repository repository;
    std::string path;  // after /v2/<repository>/: "manifests/next"
    http::Request request;
    std::vector<Credentials> credentials;  // to be tried in this order, then none
    std::vector<int> accepts = {200};      // statuses that are an answer; others are a Failure
    // For the bytes of a 200 or 206 answer; with the first, others may have their turn.
    http::Client::OnBytes on_bytes = nullptr;
  };
  using Done = std::function<void(Result<Fetch::Answered, Failure>)>;

  // `done` is called once, from the loop and never from inside this call; it may destroy this. The
  // other objects outlive it. A Failure after several credentials is that of those which came
  // furthest: not found before denied before unauthorized.
  RepositoryCall(Network& network, Authorizer& authorizer, RequestQueue& queue, Settings settings,
                 Done done);

 private:
  void attempt();
  void send(std::string authorization);
  void answered(Result<Fetch::Answered, Failure> answer);
  void challenged(const Fetch::Answered& answer);
  void refused(Failure failure);
  void finish(Result<Fetch::Answered, Failure> result);

  Network& network_;
  Authorizer& authorizer_;
  RequestQueue& queue_;
  Settings settings_;
  Done done_;
  std::size_t index_ = 0;       // of the credentials that are being tried
  bool is_authorized_ = false;  // after a challenge was answered with these
  std::vector<Failure> refusals_;
  std::vector<std::string> secrets_;  // that were sent
  HandlePtr turn_, step_;
};

}  // namespace kip::registry
