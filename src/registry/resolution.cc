#include "registry/resolution.h"

#include <utility>

#include "base/base64.h"

namespace kip::registry {

Resolution::Resolution(Network& network, Authorizer& authorizer, RequestQueue& queue,
                       const types::ImageReference& image, Repository repository,
                       std::vector<Credentials> credentials, Done done)
    : network_(network),
      authorizer_(authorizer),
      queue_(queue),
      repository_(std::move(repository)),
      credentials_(std::move(credentials)),
      wanted_(types::parse_digest(image.digest)),
      reference_(manifest_reference(image)),
      done_(std::move(done)) {
  ask("HEAD");
}

void Resolution::ask(const char* method) {
  const bool is_head = method == std::string_view("HEAD");
  RepositoryCall::Settings settings{
      .repository = repository_,
      .path = "manifests/" + reference_,
      .request = {.method = method, .path = "", .accept = manifest_types},
      .credentials = credentials_};
  if (is_head) settings.accepts = {200, 405};  // some proxies of registries know no HEAD
  call_ = std::make_unique<RepositoryCall>(
      network_, authorizer_, queue_, std::move(settings),
      [this, is_head](Result<Fetch::Answered, Failure> answer) {
        const HandlePtr last = std::move(call_);
        is_head ? on_head(std::move(answer)) : on_get(std::move(answer));
      });
}

void Resolution::on_head(Result<Fetch::Answered, Failure> answer) {
  if (!answer) return finish(answer.error());
  auto resolved = answer->response.status == 200 ? read_head(answer->response) : std::nullopt;
  if (!resolved) {
    // What answers HEAD so oddly may have sent a body with it, which would be taken for the answer
    // to what comes next on this connection.
    network_.connections.drop(answer->subject.target.server);
    return ask("GET");
  }
  if (wanted_ && !(resolved->digest == *wanted_))
    return finish(bad_answer(
        answer->subject,
        "answered with the digest " + resolved->digest.text() + ", expected " + wanted_->text()));
  finish(*std::move(resolved));
}

void Resolution::on_get(Result<Fetch::Answered, Failure> answer) {
  if (!answer) return finish(answer.error());
  auto resolved = read_manifest(answer->response, wanted_);
  if (!resolved)
    return finish(bad_answer(answer->subject, "gave an answer that " + resolved.error()));
  finish(*std::move(resolved));
}

// What a server repeats of our credentials is not for the log.
void Resolution::finish(Result<Resolved, Failure> result) {
  if (!result) {
    Failure failure = result.error();
    for (const auto& shown : credentials_)
      redact(failure, {shown.password, shown.identity_token, shown.registry_token,
                       to_base64(shown.username + ":" + shown.password)});
    result = std::move(failure);
  }
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::registry
