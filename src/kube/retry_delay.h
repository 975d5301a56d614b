// How long to wait before the next try: the table of docs/design/api-client.md. Full jitter, so
// that many clients do not come back at once. A plain value.
#pragma once

#include "base/time.h"
#include "http/error.h"

namespace kip::kube {

class RetryDelay {
 public:
  // `forbidden_tries`: so many 403 are believed, where the work can go on without what is
  // forbidden; 0: a 403 is an error like a 500. Two where somebody waits for it; more where nothing
  // does, as some API servers take seconds until they know their own rules.
  explicit RetryDelay(int forbidden_tries = 0) : forbidden_tries_(forbidden_tries) {}

  // The delay before the next try after `error`. `random` is uniform in [0, 1).
  Duration after(const http::Error& error, double random);
  // The same, but no longer than a second while the server is away and does not say until when: for
  // what everything waits for, and is asked for by one alone.
  Duration soon_after(const http::Error& error, double random);

  // True once enough 403 came.
  bool is_forbidden() const { return forbidden_tries_ > 0 && forbidden_ >= forbidden_tries_; }

  // It worked.
  void reset() { failures_ = silences_ = forbidden_ = 0; }

 private:
  Duration after_forbidden();
  Duration after_retry_after(std::chrono::seconds wish, double random);

  int forbidden_tries_;
  int forbidden_ = 0;  // answers 403, since it last worked
  int failures_ = 0;   // answers that were errors, since the last good one or the last silence
  int silences_ = 0;
};

}  // namespace kip::kube
