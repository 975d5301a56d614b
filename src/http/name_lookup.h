// The addresses of a DNS name, by c-ares on the loop: /etc/hosts, then the name servers of
// /etc/resolv.conf with its search list, both read anew for each look-up. cpprestsdk would ask in
// the one thread of Asio's resolver, one name after another: where the DNS server of one registry's
// domain is silent, no connection to the API server is made for half a minute. The loop is
// that of io_context().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "loop/scheduler.h"

namespace kip::http {

// Calls `done` once, from the loop and never from inside this call: with at least one IPv4 or IPv6
// address (without brackets) in the order to try them (RFC 6724), or with the reason. A name server
// has 5 s to answer and is asked twice, as resolv.conf(5) has it. `servers` takes the place of
// those of /etc/resolv.conf: `127.0.0.1:53`. Destroying the handle ends it at once.
[[nodiscard]] HandlePtr look_up(Scheduler& scheduler, const std::string& name,
                                std::function<void(Result<std::vector<std::string>>)> done,
                                const std::string& servers = "");

}  // namespace kip::http
