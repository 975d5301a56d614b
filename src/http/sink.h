// A response stream of cpprestsdk that hands each arriving chunk to a function. The library's own
// buffers hold the whole body, or cost a task for each byte. Runs on the loop's thread.
#pragma once

#include <functional>
#include <string_view>

#include <cpprest/streams.h>

namespace kip::http {

// `on_bytes` must not throw: the library would end the process.
concurrency::streams::ostream make_sink(std::function<void(std::string_view)> on_bytes);

}  // namespace kip::http
