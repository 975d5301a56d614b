// Transport over cpprestsdk: credentials, TLS, and what is tried again at once. Belongs to the
// loop. Destroying it gives up every request that is under way.
#pragma once

#include <memory>

#include "http/transport.h"
#include "kube/access/access.h"
#include "kube/access/credentials.h"

namespace kip::kube {

struct RestOptions {
  // For the whole answer to a GET, or for a watch's headers.
  Duration read_deadline = std::chrono::seconds{10};
  // For the whole answer to anything else: a webhook that is asked on the way may take 30 s
  // (timeoutSeconds of admissionregistration.k8s.io/v1), and with failurePolicy Ignore the API
  // server goes on after that.
  Duration write_deadline = std::chrono::seconds{35};
  // The API server ends our watches before this (timeoutSeconds is below it), so a longer silence
  // is a dead connection.
  Duration idle = std::chrono::seconds{330};
  std::size_t max_body = http::max_body;
  std::size_t max_line = http::max_line;
};

class RestTransport : public http::Transport {
 public:
  // `scheduler` is the Loop, and outlives the transport. CA and client certificate are read at the
  // first request, and again when they change; new connections use the new ones.
  RestTransport(Scheduler& scheduler, Access access, std::unique_ptr<Credentials> credentials,
                RestOptions options = {});
  ~RestTransport() override;

  [[nodiscard]] HandlePtr send(http::Request request,
                               std::function<void(http::Answer)> done) override;
  [[nodiscard]] HandlePtr stream(http::Request request,
                                 std::function<void(std::string_view)> on_line,
                                 std::function<void(http::Answer)> on_end) override;

 private:
  class Core;
  class Call;
  HandlePtr begin(std::shared_ptr<Call> call);
  std::shared_ptr<Core> core_;
};

}  // namespace kip::kube
