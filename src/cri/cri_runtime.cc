#include "cri/cri_runtime.h"

#include <utility>

#include "cri/blobs.h"
#include "cri/failure.h"
#include "cri/lease.h"
#include "cri/methods.h"
#include "cri/progress.h"
#include "cri/pull.h"
#include "rpc/channel.h"
#include "runtime/words.h"

namespace kip::cri {

namespace {

// Of what is answered from memory or a small database: longer only by a runtime that hangs, or has
// no processor for minutes. The kubelet gives up after 2 minutes (runtimeRequestTimeout).
constexpr Duration answered_within = std::chrono::seconds{30};

runtime::Image to_image(const api::Image& image) {
  runtime::Image made{.id = image.id(),
                      .digest = "",
                      .bytes = image.size(),
                      .tags = {image.repo_tags().begin(), image.repo_tags().end()},
                      .is_pinned = image.pinned()};
  if (image.repo_digests_size() > 0) made.digest = runtime::digest_of(image.repo_digests(0));
  return made;
}

// "v2.2.1" of one runtime is "2.2.1" of another.
std::string without_v(const std::string& version) {
  return version.size() > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9'
             ? version.substr(1)
             : version;
}

}  // namespace

std::shared_ptr<Channel> connect(Loop& loop, const std::string& socket) {
  // Where CRI keeps all it has; other runtimes do not look at it.
  return std::make_shared<Channel>(loop, rpc::on_socket(socket),
                                   rpc::Headers{{"containerd-namespace", "k8s.io"}});
}

struct CriRuntime::State {
  State(Loop& loop, std::shared_ptr<Channel> to, std::string instance)
      : scheduler(loop),
        channel(std::move(to)),
        leases(loop, *channel, std::move(instance)),
        progress(loop, *channel) {}

  // A call whose answer is made of the runtime's, or which fails as that did.
  template <class T, class Request, class Response, class Make>
  HandlePtr ask(const Method<Request, Response>& method, const Request& request, Make make,
                Answer<T> done, Duration patience = answered_within) const {
    return channel->call(
        method, request, {patience},
        [make = std::move(make), done = std::move(done)](const Result<Response, Refusal>& answer) {
          if (!answer) return done(failure_of(answer.error()));
          done(T{make(*answer)});
        });
  }

  Scheduler& scheduler;
  std::shared_ptr<Channel> channel;
  Leases leases;
  ProgressPoller progress;
};

CriRuntime::CriRuntime(Loop& loop, std::shared_ptr<Channel> channel, std::string instance)
    : state_(std::make_unique<State>(loop, std::move(channel), std::move(instance))) {}

CriRuntime::~CriRuntime() = default;

HandlePtr CriRuntime::version(Answer<std::string> done) {
  return state_->ask<std::string>(
      method::version, {},
      [](const api::VersionResponse& answer) {
        return answer.runtime_name() + " " + without_v(answer.runtime_version());
      },
      std::move(done));
}

HandlePtr CriRuntime::look(const types::ImageReference& image,
                           Answer<std::optional<runtime::Image>> done) {
  api::ImageStatusRequest request;
  request.mutable_image()->set_image(name_for_runtime(image));
  return state_->ask<std::optional<runtime::Image>>(
      method::image_status, request,
      [image](const api::ImageStatusResponse& answer) -> std::optional<runtime::Image> {
        if (!answer.has_image()) return std::nullopt;
        auto found = to_image(answer.image());
        const auto& digests = answer.image().repo_digests();
        found.digest = runtime::digest_in({digests.begin(), digests.end()}, image);
        return found;
      },
      std::move(done));
}

HandlePtr CriRuntime::list(Duration patience, Answer<std::vector<runtime::Image>> done) {
  return state_->ask<std::vector<runtime::Image>>(
      method::list_images, {},
      [](const api::ListImagesResponse& answer) {
        std::vector<runtime::Image> all;
        for (const auto& image : answer.images()) all.push_back(to_image(image));
        return all;
      },
      std::move(done), patience);
}

HandlePtr CriRuntime::pull(runtime::Pull pull, std::function<void(runtime::Progress)> on_progress,
                           Answer<runtime::Pulled> done) {
  return std::make_unique<PullCall>(
      PullCall::Parts{state_->scheduler, *state_->channel, state_->leases, state_->progress},
      std::move(pull), std::move(on_progress), std::move(done));
}

HandlePtr CriRuntime::store(Answer<std::optional<std::string>> done) {
  return state_->ask<std::optional<std::string>>(
      method::image_fs_info, {},
      [](const api::ImageFsInfoResponse& answer) -> std::optional<std::string> {
        if (answer.image_filesystems_size() == 0) return std::nullopt;
        return answer.image_filesystems(0).fs_id().mountpoint();
      },
      std::move(done));
}

HandlePtr CriRuntime::lacking(std::vector<std::string> layers,
                              Answer<std::vector<std::string>> done) {
  if (layers.empty())
    return state_->scheduler.after({},
                                   [done = std::move(done)] { done(std::vector<std::string>()); });
  return std::make_unique<BlobsCall>(
      *state_->channel, layers,
      [layers, done = std::move(done)](const std::map<std::string, Blob>& there) {
        auto lacking = layers;
        std::erase_if(lacking, [&](const auto& layer) { return there.contains(layer); });
        done(lacking);
      });
}

}  // namespace kip::cri
