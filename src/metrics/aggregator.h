// Takes results of agents over gRPC, and serves them over HTTP: /metrics, /healthz. Belongs to the
// loop, but for the results, which threads of gRPC's add.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "loop/loop.h"
#include "metrics/http_server.h"
#include "metrics/results.h"
#include "rpc/server.h"

namespace kip::metrics {

class Aggregator {
 public:
  struct Ports {
    std::uint16_t grpc = 8443, http = 8080;  // 0: one that is free
  };
  struct Limits {
    Results::Limits results = {};
    rpc::Server::Limits grpc = {};
    HttpServer::Limits http = {};
  };

  // The loop outlives it.
  static Result<std::unique_ptr<Aggregator>> listen(Loop& loop, const Ports& ports,
                                                    const Limits& limits);

  int grpc_port() const { return grpc_->port(); }
  int http_port() const { return http_->port(); }
  const Results& results() const { return results_; }

 private:
  explicit Aggregator(const Limits& limits) : results_(limits.results) {}
  HttpServer::Answer answer(const HttpServer::Request& request) const;

  Results results_;  // before those that use it
  std::unique_ptr<rpc::Server> grpc_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace kip::metrics
