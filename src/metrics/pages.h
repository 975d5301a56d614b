// The results as text, a page at a time, so that no client costs the memory of all. Pure, but for
// the results that it reads. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/results.h"

namespace kip::metrics {

enum class Form {
  json,         // image-prefetcher's: an array of objects, as json_of() writes each
  prometheus,   // https://prometheus.io/docs/instrumenting/exposition_formats, 0.0.4
  openmetrics,  // https://prometheus.io/docs/specs/om/open_metrics_spec, 1.0.0
};

// What the header Accept asks for (RFC 9110, section 12.5.1): Prometheus' forms only by their full
// names, as programs that want JSON name text/plain, too.
Form form_for(std::string_view accept);
const char* content_type(Form form);

// An object with the names of the contract, numbers as numbers, and without what is 0 or "".
std::string json_of(const PullResult& result);

// The next piece of the whole text; "" behind its end. Results that come meanwhile may be in it or
// not; each is in it once. The results outlive it.
using Pages = std::function<std::string()>;
Pages pages_of(const Results& results, Form form);

}  // namespace kip::metrics
