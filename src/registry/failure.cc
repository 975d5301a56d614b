#include "registry/failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "registry/secrets.h"

namespace kip::registry {

namespace {

using Kind = Failure::Kind;

// OCI distribution specification, "Error Codes", with two that registries have beside them. An
// answer's own words may hold what we sent, so only these are shown.
constexpr std::array<std::string_view, 17> codes{"BLOB_UNKNOWN",
                                                 "BLOB_UPLOAD_INVALID",
                                                 "BLOB_UPLOAD_UNKNOWN",
                                                 "DIGEST_INVALID",
                                                 "MANIFEST_BLOB_UNKNOWN",
                                                 "MANIFEST_INVALID",
                                                 "MANIFEST_UNKNOWN",
                                                 "MANIFEST_UNVERIFIED",
                                                 "NAME_INVALID",
                                                 "NAME_UNKNOWN",
                                                 "SIZE_INVALID",
                                                 "TAG_INVALID",
                                                 "UNAUTHORIZED",
                                                 "DENIED",
                                                 "UNSUPPORTED",
                                                 "TOOMANYREQUESTS",
                                                 "UNKNOWN"};

std::string codes_in(const std::string& body) {
  std::vector<std::string> found;
  const json root = parse_json(body);
  for (const auto& each : array_at(root, "/errors")) {
    const auto code = string_at(each, "/code");
    if (std::find(codes.begin(), codes.end(), code) != codes.end() && found.size() < 3)
      found.push_back(code);
  }
  return found.empty() ? "" : " (" + joined(found) + ")";
}

Kind kind_of(int status) {
  if (status == 401) return Kind::unauthorized;
  if (status == 403) return Kind::denied;
  if (status == 404) return Kind::not_found;
  if (status == 429) return Kind::rate_limited;
  return status == 408 || status >= 500 ? Kind::transient : Kind::bad_answer;
}

std::string asked(const Subject& subject) {
  return subject.image + ": " + subject.method + " " + subject.target.shown();
}

}  // namespace

void redact(Failure& failure, const std::vector<std::string>& secrets) {
  failure.message = masked(std::move(failure.message), secrets);
}

Failure bad_answer(const Subject& subject, const std::string& what) {
  return {Kind::bad_answer, asked(subject) + " " + what};
}

Failure failure_of(const Subject& subject, const http::Client::Outcome& outcome) {
  const http::Error& error = outcome.result.error();
  Failure out{Kind::transient, subject.image + ": " + error.message};
  if (error.kind == ErrorKind::permanent)
    out.kind = Kind::untrusted;
  else if (error.too_large)
    out.kind = Kind::bad_answer;
  else if (!outcome.has_status)
    out.kind = Kind::unreachable;
  // What OpenSSL says to a server that answers its ClientHello in plain text.
  if (error.message.find("wrong version number") != std::string::npos)
    out.message += "; a registry of plain HTTP has to be in INSECURE_REGISTRIES";
  return out;
}

Failure failure_of(const Subject& subject, const http::Response& answer) {
  return {kind_of(answer.status),
          asked(subject) + " answered " + std::to_string(answer.status) + codes_in(answer.body) +
              ", expected 200",
          answer.retry_after};
}

}  // namespace kip::registry
