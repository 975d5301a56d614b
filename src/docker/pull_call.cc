#include "docker/pull_call.h"

#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "docker/failure.h"

namespace kip::docker {

namespace {

// Docker tells more often, of each layer; people see no more than this.
constexpr Duration between_progress = std::chrono::milliseconds(250);

// Never empty: without a tag the Engine pulls all tags.
std::string tag_of(const types::ImageReference& image) {
  if (!image.digest.empty()) return image.digest;
  return image.tag.empty() ? "latest" : image.tag;
}

}  // namespace

std::string name_for_engine(const types::ImageReference& image) {
  return image.repository() + (image.digest.empty() ? ":" : "@") + tag_of(image);
}

// Padded: without that Docker 20.10 reads nothing, and asks the registry as nobody. An Engine that
// keeps its images in containerd shows them to the host of `serveraddress` only.
std::string registry_auth(const registry::Credentials& shown, const types::ImageReference& image) {
  json auth = {{"serveraddress",
                image.domain == "docker.io" ? "https://index.docker.io/v1/" : image.domain}};
  const auto add = [&auth](const char* key, const std::string& value) {
    if (!value.empty()) auth[key] = value;
  };
  add("username", shown.username);
  add("password", shown.password);
  add("identitytoken", shown.identity_token);
  add("registrytoken", shown.registry_token);
  return to_padded_base64url(to_text(auth));
}

PullCall::PullCall(Engine& engine, Scheduler& scheduler, runtime::Pull pull, OnProgress on_progress,
                   Answer done)
    : scheduler_(scheduler),
      pull_(std::move(pull)),
      on_progress_(std::move(on_progress)),
      done_(std::move(done)) {
  UnixRequest request{
      .method = "POST",
      .target = "/images/create?fromImage=" + percent_encoded(pull_.image.repository()) +
                "&tag=" + percent_encoded(tag_of(pull_.image)),
      .deadline = pull_.patience};
  if (!pull_.credentials.is_anonymous())
    request.headers["X-Registry-Auth"] = registry_auth(pull_.credentials, pull_.image);
  call_ = engine.send(
      std::move(request),
      [this](std::string_view bytes) {
        stream_.feed(bytes);
        tell_progress();
      },
      [this](const auto& answer) { on_end(answer); });
}

void PullCall::tell_progress() {
  const auto now = stream_.progress();
  if (pace_ || now == told_ || !on_progress_) return;
  told_ = now;
  pace_ = scheduler_.after(between_progress, [this] {
    pace_.reset();
    tell_progress();
  });
  const auto on_progress = on_progress_;
  on_progress(now);  // may destroy this
}

void PullCall::on_end(const Result<http::Response, runtime::Failure>& answer) {
  call_ = scheduler_.after({}, [this, result = outcome(answer)] {
    const auto done = std::move(done_);
    done(result);  // may destroy this
  });
  pace_.reset();
  tell_progress();  // the last numbers
}

Result<runtime::Pulled, runtime::Failure> PullCall::outcome(
    const Result<http::Response, runtime::Failure>& answer) {
  using Kind = runtime::Failure::Kind;
  if (!answer && answer.error().kind == Kind::timeout)
    return runtime::Failure{Kind::timeout, "not pulled within " + to_text(pull_.patience)};
  if (!answer && !stream_.error()) return answer.error();
  if (answer && answer->status != 200) return failure_of(*answer, pull_.image, pull_.credentials);
  if (const auto words = stream_.end()) return failure_of(*words, pull_.image, pull_.credentials);
  return runtime::Pulled{};  // the stream told all
}

}  // namespace kip::docker
