// What an answer of the API server means, in the API machinery's words (metav1.StatusReason). Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/transport.h"

namespace kip::kube {

// 404: it is not there, or the server does not know its kind.
bool is_not_found(const http::Error& error);
// 403: of access control, an admission policy or a quota.
bool is_forbidden(const http::Error& error);
// 409: the object has changed since it was read, has another UID, or is there already.
bool is_conflict(const http::Error& error);
// 409 to a create.
bool is_already_exists(const http::Error& error);
// 410: what a watch or a list is to go on from is no longer known.
bool is_gone(const http::Error& error);
// An answer that will be the same as long as the request is.
bool is_refusal(const http::Error& error);
// No answer, or one that says that the server cannot work now (5xx).
bool is_away(const http::Error& error);

// The object, or what came instead.
using Answer = Result<json, http::Error>;

// A 2xx answer as a JSON object; anything else as an Error that names the request, what was there
// and what was expected. 401 (tokens are replaced), 408, 429 and 5xx are transient, others are
// permanent. The message is the server's own (metav1.Status) where it sent one.
Answer to_result(const http::Request& request, const http::Response& response);

// The same for the body of an ERROR event in a watch, which is a metav1.Status.
http::Error status_error(const std::string& what, const json& status, int http_status);

}  // namespace kip::kube
