// The real subscription of the source of published images: a client of NATS (src/nats).
#pragma once

#include "controller/nats_images.h"
#include "loop/loop.h"

namespace kip::controller {

// The loop outlives what it makes. Credentials and certificates are in Secrets that are mounted at
// fixed places, as deploy/warm-images has them, and are read for each connection: /nats (username
// and password, or token), /nats-ca (ca.crt), /nats-tls (tls.crt, tls.key). What is not there is
// not used.
Subscribe nats_subscriptions(Loop& loop);

}  // namespace kip::controller
