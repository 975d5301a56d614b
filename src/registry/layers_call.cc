#include "registry/layers_call.h"

#include <utility>

#include "registry/manifest_fetch.h"

namespace kip::registry {

LayersCall::LayersCall(Network& network, Authorizer& authorizer, RequestQueue& queue,
                       const types::ImageReference& image, Repository repository,
                       std::vector<Credentials> credentials, types::Platform platform, Done done)
    : network_(network),
      authorizer_(authorizer),
      queue_(queue),
      repository_(std::move(repository)),
      credentials_(std::move(credentials)),
      platform_(std::move(platform)),
      done_(std::move(done)) {
  ask(manifest_reference(image), true);
}

void LayersCall::ask(const std::string& reference, bool may_be_index) {
  call_ = std::make_unique<ManifestFetch>(
      network_, authorizer_, queue_, repository_, credentials_, reference,
      [this, may_be_index](const Result<Manifest, Failure>& answer) {
        const HandlePtr last = std::move(call_);
        on_answer(answer, may_be_index);
      });
}

void LayersCall::on_answer(const Result<Manifest, Failure>& answer, bool may_be_index) {
  if (!answer) return finish(answer.error());
  const auto fail = [&](const std::string& what) {
    finish(bad_answer(answer->subject, "gave an answer that " + what));
  };
  auto content = read_manifest_content(answer->body, platform_);
  if (!content) return fail(content.error());
  if (content->manifest.empty()) return finish(std::move(content->layers));
  if (!may_be_index) return fail("is an index within an index");
  ask(content->manifest, false);
}

void LayersCall::finish(Result<std::vector<Layer>, Failure> result) {
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::registry
