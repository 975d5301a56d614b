// The verbs of the Kubernetes API, over any Transport. Each is one request, answered by the object
// or by an Error (errors.h); destroying the handle gives it up. A plain value that refers to its
// transport. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "kube/errors.h"
#include "kube/resource.h"
#include "loop/scheduler.h"

namespace kip::kube {

struct AccessQuestion;

class Client {
 public:
  using Done = std::function<void(const Answer&)>;

  // `transport` outlives the client and its requests.
  Client(http::Transport& transport) : transport_(&transport) {}  // NOLINT: it is one, with words

  [[nodiscard]] HandlePtr get(const ObjectReference& object, Done done) const;

  // Creates and replacements are checked for fields that the server does not know: a misspelled
  // one in AFFINITY is refused by name instead of dropped. Servers before 1.25 do not know the
  // check. Names are ours, so that a request that comes twice creates nothing twice.
  [[nodiscard]] HandlePtr create(const Collection& collection, const json& object, Done done) const;
  // What create would answer; nothing is stored.
  [[nodiscard]] HandlePtr create_dry_run(const Collection& collection, const json& object,
                                         Done done) const;
  // Answers as replace() would.
  [[nodiscard]] HandlePtr replace_dry_run(const ObjectReference& object, const json& body,
                                          Done done) const;
  // `body` has the resourceVersion that it replaces; any other is a conflict.
  [[nodiscard]] HandlePtr replace(const ObjectReference& object, const json& body, Done done) const;
  // RFC 7396: null takes a field away.
  [[nodiscard]] HandlePtr patch(const ObjectReference& object, const json& patch, Done done) const;
  [[nodiscard]] HandlePtr patch_status(const ObjectReference& object, const json& patch,
                                       Done done) const;
  // RFC 6902: what a "test" in it says has to hold, else the answer is 422 and nothing is changed.
  [[nodiscard]] HandlePtr patch_if(const ObjectReference& object, const json& operations,
                                   Done done) const;
  // Lists of the status are merged by their keys, as conditions are by their type (strategic merge
  // patch); an object of another UID than the one in the patch is a conflict.
  [[nodiscard]] HandlePtr merge_status(const ObjectReference& object, const json& patch,
                                       Done done) const;
  // Only the object of this UID; what it owns follows in the background. In the foreground one pod
  // on a node that is dead would keep a DaemonSet, and so its successor from all nodes, for ever.
  // The answer is the object where a finalizer keeps it, else a Status.
  [[nodiscard]] HandlePtr remove(const ObjectReference& object, const std::string& uid,
                                 Done done) const;

  // The same, only as long as it is as it was read here (its UID and resourceVersion).
  [[nodiscard]] HandlePtr remove_as_it_is(const ObjectReference& object, const json& as_it_is,
                                          Done done) const;

  // A page of objects with their metadata alone (PartialObjectMetadataList). Path and query are
  // percent-encoded.
  [[nodiscard]] HandlePtr list_metadata(const std::string& path_and_query, Done done) const;
  // Any path: what is no object, such as "/apis/GROUP".
  [[nodiscard]] HandlePtr get_path(const std::string& path_and_query, Done done) const;
  // A SelfSubjectAccessReview; its answer says so in status.allowed.
  [[nodiscard]] HandlePtr review(const AccessQuestion& question, Done done) const;

 private:
  HandlePtr send(http::Request request, Done done) const;

  http::Transport* transport_;
};

}  // namespace kip::kube
