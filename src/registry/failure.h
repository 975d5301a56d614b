// Why a registry did not give what it was asked for. A plain value. No message holds a secret: not
// what we sent, nor what an answer or an address of a server may hold.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"
#include "registry/endpoint.h"

namespace kip::registry {

struct Failure {
  enum class Kind {
    not_found,     // 404: there is no such image, or none for us
    unauthorized,  // 401 with all credentials there are
    denied,        // 403
    rate_limited,  // 429
    unreachable,   // there was never an answer in HTTP
    transient,     // 5xx, or an answer that broke off
    untrusted,     // its certificate, or it wants us to go on without TLS
    bad_answer,    // one that makes no sense, is too large, or has another digest
  };
  Kind kind = Kind::bad_answer;
  std::string message;  // which image, which host, what was there, and what was expected
  std::optional<std::chrono::seconds> retry_after = std::nullopt;  // what a 429 or 503 wished
};

// What is asked, for messages.
struct Subject {
  std::string image;  // "quay.io/eclipse/che:next"
  std::string method;
  Target target;
};

// Without what a server may have repeated in its addresses: masked(), in secrets.h.
void redact(Failure& failure, const std::vector<std::string>& secrets);

Failure bad_answer(const Subject& subject, const std::string& what);

// Of an exchange that ended without a whole answer.
Failure failure_of(const Subject& subject, const http::Client::Outcome& outcome);

// Of an answer whose status is not what was expected. Names the error codes of the OCI distribution
// specification that the answer holds, and no other part of it.
Failure failure_of(const Subject& subject, const http::Response& answer);

}  // namespace kip::registry
