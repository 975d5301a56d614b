#include "docker/docker_runtime.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "docker/failure.h"
#include "docker/pull_call.h"
#include "runtime/words.h"

namespace kip::docker {

namespace {

// Of what is answered from memory or a small database: longer only by an Engine that hangs, or has
// no processor for minutes.
constexpr Duration answered_within = std::chrono::seconds{30};

// The path's slashes as they are.
std::string path_encoded(const std::string& name) {
  std::vector<std::string> parts = split(name, '/');
  for (auto& part : parts) part = percent_encoded(part);
  return joined(parts, "/");
}

// Engines without an image's tags or digests write null, or names of "<none>".
std::vector<std::string> names_at(const json& image, std::string_view path) {
  std::vector<std::string> names;
  for (const auto& name : array_at(image, path))
    if (name.is_string() && !name.get<std::string>().starts_with("<none>")) names.push_back(name);
  return names;
}

runtime::Image to_image(const json& image) {
  return {.id = string_at(image, "/Id"),
          .digest = "",
          .bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(int_at(image, "/Size"), 0)),
          .tags = names_at(image, "/RepoTags"),
          .is_pinned = false};
}

runtime::Failure malformed(const http::Response& answer) {
  return {runtime::Failure::Kind::other,
          "the Docker Engine's answer is not what its API has: " + quoted(answer.body, 200)};
}

}  // namespace

DockerRuntime::DockerRuntime(Loop& loop, std::string socket)
    : loop_(loop), engine_(loop, std::move(socket)) {}

template <class T, class Read>
HandlePtr DockerRuntime::ask(std::string target, Duration patience, Read read, Answer<T> done) {
  return engine_.send({.target = std::move(target), .deadline = patience}, nullptr,
                      [read = std::move(read), done = std::move(done)](const auto& answer) {
                        if (!answer) return done(answer.error());
                        done(read(*answer));
                      });
}

HandlePtr DockerRuntime::version(Answer<std::string> done) {
  using Read = Result<std::string, runtime::Failure>;
  return ask<std::string>(
      "/version", answered_within,
      [](const http::Response& answer) -> Read {
        if (answer.status != 200) return failure_of(answer);
        const auto version = string_at(parse_json(answer.body), "/Version");
        if (version.empty()) return malformed(answer);
        return "docker " + version;
      },
      std::move(done));
}

HandlePtr DockerRuntime::look(const types::ImageReference& image,
                              Answer<std::optional<runtime::Image>> done) {
  using Read = Result<std::optional<runtime::Image>, runtime::Failure>;
  return ask<std::optional<runtime::Image>>(
      "/images/" + path_encoded(name_for_engine(image)) + "/json", answered_within,
      [image](const http::Response& answer) -> Read {
        if (answer.status == 404) return std::optional<runtime::Image>();
        if (answer.status != 200) return failure_of(answer);
        const json found = parse_json(answer.body);
        auto made = to_image(found);
        if (made.id.empty()) return malformed(answer);
        made.digest = runtime::digest_in(names_at(found, "/RepoDigests"), image);
        return std::optional(std::move(made));
      },
      std::move(done));
}

HandlePtr DockerRuntime::list(Duration patience, Answer<std::vector<runtime::Image>> done) {
  using Read = Result<std::vector<runtime::Image>, runtime::Failure>;
  return ask<std::vector<runtime::Image>>(
      "/images/json", patience,
      [](const http::Response& answer) -> Read {
        if (answer.status != 200) return failure_of(answer);
        const json all = parse_json(answer.body);
        if (!all.is_array()) return malformed(answer);
        std::vector<runtime::Image> images;
        for (const auto& each : all) {
          images.push_back(to_image(each));
          const auto digests = names_at(each, "/RepoDigests");
          if (!digests.empty()) images.back().digest = runtime::digest_of(digests.front());
        }
        return images;
      },
      std::move(done));
}

HandlePtr DockerRuntime::store(Answer<std::optional<std::string>> done) {
  using Read = Result<std::optional<std::string>, runtime::Failure>;
  return ask<std::optional<std::string>>(
      "/info", answered_within,
      [](const http::Response& answer) -> Read {
        if (answer.status != 200) return failure_of(answer);
        auto folder = string_at(parse_json(answer.body), "/DockerRootDir");
        return folder.empty() ? std::nullopt : std::optional(std::move(folder));
      },
      std::move(done));
}

HandlePtr DockerRuntime::lacking(std::vector<std::string> layers,
                                 Answer<std::vector<std::string>> done) {
  return loop_.after({}, [layers = std::move(layers), done = std::move(done)] { done(layers); });
}

HandlePtr DockerRuntime::pull(runtime::Pull pull,
                              std::function<void(runtime::Progress)> on_progress,
                              Answer<runtime::Pulled> done) {
  return std::make_unique<PullCall>(engine_, loop_, std::move(pull), std::move(on_progress),
                                    std::move(done));
}

}  // namespace kip::docker
