#include "kube/access_review.h"

#include "base/json.h"
#include "kube/errors.h"

namespace kip::kube {

http::Request access_review(const AccessQuestion& question) {
  const json body = {{"apiVersion", "authorization.k8s.io/v1"},
                     {"kind", "SelfSubjectAccessReview"},
                     {"spec",
                      {{"resourceAttributes",
                        {{"verb", question.verb},
                         {"group", question.group},
                         {"resource", question.resource},
                         {"namespace", question.namespace_name},
                         {"name", question.name}}}}}};
  return {"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", to_text(body)};
}

bool is_denied_by_rbac(const http::Error& error, std::string_view verb, std::string_view resource) {
  const std::string words =
      "cannot " + std::string(verb) + " resource \"" + std::string(resource) + "\"";
  return is_forbidden(error) && error.message.find(words) != std::string::npos;
}

}  // namespace kip::kube
