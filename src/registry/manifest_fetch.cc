#include "registry/manifest_fetch.h"

#include <utility>

namespace kip::registry {

ManifestFetch::ManifestFetch(Network& network, Authorizer& authorizer, RequestQueue& queue,
                             Repository repository, std::vector<Credentials> credentials,
                             std::string reference, Done done)
    : reference_(std::move(reference)), done_(std::move(done)) {
  call_ = std::make_unique<RepositoryCall>(
      network, authorizer, queue,
      RepositoryCall::Settings{.repository = std::move(repository),
                               .path = "manifests/" + reference_,
                               .request = {.path = "", .accept = manifest_types},
                               .credentials = std::move(credentials)},
      [this](const Result<Fetch::Answered, Failure>& answer) { answered(answer); });
}

void ManifestFetch::answered(const Result<Fetch::Answered, Failure>& answer) {
  const HandlePtr last = std::move(call_);
  const Done done = done_;  // it may destroy this
  if (!answer) return done(answer.error());
  auto read = read_manifest(answer->response, types::parse_digest(reference_));
  if (!read) return done(bad_answer(answer->subject, "gave an answer that " + read.error()));
  done(Manifest{std::move(*read), answer->response.body, answer->subject});
}

}  // namespace kip::registry
