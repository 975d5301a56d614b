#include "kube/client.h"

#include "kube/access_review.h"
#include "types/object.h"

namespace kip::kube {

namespace {

constexpr const char* strictly = "?fieldValidation=Strict";
constexpr const char* merge_patch = "application/merge-patch+json";
constexpr const char* json_patch = "application/json-patch+json";
constexpr const char* strategic_patch = "application/strategic-merge-patch+json";

json delete_options(const std::string& uid) {
  return {{"apiVersion", "v1"},
          {"kind", "DeleteOptions"},
          {"propagationPolicy", "Background"},
          {"preconditions", {{"uid", uid}}}};
}

}  // namespace

HandlePtr Client::get(const ObjectReference& object, Done done) const {
  return get_path(object.path(), std::move(done));
}

HandlePtr Client::create(const Collection& collection, const json& object, Done done) const {
  return send({"POST", collection.path() + strictly, to_text(object)}, std::move(done));
}

HandlePtr Client::create_dry_run(const Collection& collection, const json& object,
                                 Done done) const {
  return send({"POST", collection.path() + strictly + "&dryRun=All", to_text(object)},
              std::move(done));
}

HandlePtr Client::replace_dry_run(const ObjectReference& object, const json& body,
                                  Done done) const {
  return send({"PUT", object.path() + strictly + "&dryRun=All", to_text(body)}, std::move(done));
}

HandlePtr Client::replace(const ObjectReference& object, const json& body, Done done) const {
  return send({"PUT", object.path() + strictly, to_text(body)}, std::move(done));
}

HandlePtr Client::patch(const ObjectReference& object, const json& patch, Done done) const {
  return send({"PATCH", object.path(), to_text(patch), merge_patch}, std::move(done));
}

HandlePtr Client::patch_status(const ObjectReference& object, const json& patch, Done done) const {
  return send({"PATCH", object.path() + "/status", to_text(patch), merge_patch}, std::move(done));
}

HandlePtr Client::patch_if(const ObjectReference& object, const json& operations, Done done) const {
  return send({"PATCH", object.path(), to_text(operations), json_patch}, std::move(done));
}

HandlePtr Client::merge_status(const ObjectReference& object, const json& patch, Done done) const {
  return send({"PATCH", object.path() + "/status", to_text(patch), strategic_patch},
              std::move(done));
}

HandlePtr Client::remove(const ObjectReference& object, const std::string& uid, Done done) const {
  return send({"DELETE", object.path(), to_text(delete_options(uid))}, std::move(done));
}

HandlePtr Client::remove_as_it_is(const ObjectReference& object, const json& as_it_is,
                                  Done done) const {
  json options = delete_options(object::uid(as_it_is));
  options["preconditions"]["resourceVersion"] = object::resource_version(as_it_is);
  return send({"DELETE", object.path(), to_text(options)}, std::move(done));
}

HandlePtr Client::list_metadata(const std::string& path_and_query, Done done) const {
  http::Request request{"GET", path_and_query};
  request.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  return send(std::move(request), std::move(done));
}

HandlePtr Client::get_path(const std::string& path_and_query, Done done) const {
  return send({"GET", path_and_query}, std::move(done));
}

HandlePtr Client::review(const AccessQuestion& question, Done done) const {
  return send(access_review(question), std::move(done));
}

HandlePtr Client::send(http::Request request, Done done) const {
  const http::Request named{request.method, request.path};
  return transport_->send(std::move(request),
                          [named, done = std::move(done)](const http::Answer& answer) {
                            // The transport's own errors name the request already.
                            done(answer ? to_result(named, *answer) : Answer(answer.error()));
                          });
}

}  // namespace kip::kube
