// A request's body for cpprestsdk that is read once and never again. Runs on the loop's thread.
#pragma once

#include <string>

#include <cpprest/streams.h>

namespace kip::http {

// The library sends a request again by itself, and silently, where a kept connection ended before
// an answer – but for a body that cannot be rewound, as this one: then it fails with "cannot rewind
// input stream", and what is tried again is ours to decide.
concurrency::streams::istream make_source(std::string body);

}  // namespace kip::http
