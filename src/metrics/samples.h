// Results as samples in Prometheus' text. Pure.
#pragma once

#include <string>
#include <vector>

#include "metrics/results.h"

namespace kip::metrics {

// A metric of each image on each node: its last attempt's.
struct Family {
  const char* name;
  const char* help;
  // The value; "": this result has none.
  std::string (*value)(const PullResult& result);
};
const std::vector<Family>& families();

std::string head_of(const Family& family);
// A line, or "".
std::string sample_of(const Family& family, const PullResult& result);
// Of the aggregator itself. In OpenMetrics the name of a counter is without "_total".
std::string totals(const Results::Counts& counts, bool is_openmetrics);

}  // namespace kip::metrics
