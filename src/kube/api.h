// The part of the Kubernetes API that this program uses: paths, and answers judged. Over any
// Transport. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "http/transport.h"

namespace kip::kube {

// Paths of collections, of all namespaces where the name is empty; an object's path is the
// collection's with "/" and its name.
std::string daemonsets_path(const std::string& namespace_name);
std::string deployments_path(const std::string& namespace_name);
std::string configmaps_path(const std::string& namespace_name);
std::string pods_path(const std::string& namespace_name);
std::string events_path(const std::string& namespace_name);
std::string service_accounts_path(const std::string& namespace_name);
std::string roles_path(const std::string& namespace_name);
std::string rolebindings_path(const std::string& namespace_name);
std::string leases_path(const std::string& namespace_name);

// RFC 3986: everything but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

// What Request::accept says to get a list of objects with their metadata alone.
inline constexpr const char* accept_metadata_list =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

// The body of a DELETE (metav1.DeleteOptions): only the object of this UID, and what it owns
// follows in the background.
std::string delete_options(const std::string& uid);

// A 2xx answer as a JSON object; anything else as an Error that names the request, what was there
// and what was expected. Kinds: 408, 429 and 5xx are transient, so is 401 (tokens are replaced);
// 409 is a conflict; others are permanent. The message is the server's own (metav1.Status) where it
// sent one.
Result<json> judge(const http::Request& request, const http::Response& response);

// The same for the body of an ERROR event in a watch, which is a metav1.Status.
Error status_error(const std::string& what, const json& status, int http_status);

// Sends and judges.
[[nodiscard]] HandlePtr call(http::Transport& transport, http::Request request,
                             std::function<void(Result<json>)> done);

}  // namespace kip::kube
