// The one call of the contract.
#pragma once

#include "metrics/proto/metrics.pb.h"
#include "rpc/method.h"

namespace kip::metrics {

// image-prefetcher's service is in no package.
constexpr rpc::Method<wire::Result, wire::Empty> submit_method{"/Metrics/Submit"};

}  // namespace kip::metrics
