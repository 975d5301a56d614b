#include "docker/engine.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace kip::docker {

namespace {

constexpr const char* version_header = "Api-Version";

struct ApiVersion {
  unsigned major = 0, minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};

// What this is written for: the oldest that Docker 29 takes. 20.10 has 1.41.
constexpr ApiVersion ours{1, 44};

std::optional<ApiVersion> parse(const std::string& text) {
  ApiVersion version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return version;
}

std::string path_of(ApiVersion version) {
  return "/v" + std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string newest_of(const http::Response& answer) {
  const auto found = answer.headers.find(version_header);
  return found == answer.headers.end() ? "" : found->second;
}

}  // namespace

std::string version_path(const std::string& newest) {
  const auto version = parse(newest);
  return version ? path_of(std::min(*version, ours)) : "";
}

struct Engine::State {
  State(Loop& loop, std::string socket) : http(loop, std::move(socket)) {}
  UnixHttp http;
  // Forgotten where another Engine may stand there now.
  std::optional<std::string> version_path;
};

class Engine::Call : public Handle {
 public:
  Call(std::shared_ptr<State> state, UnixRequest request, UnixHttp::OnPiece on_piece,
       UnixHttp::Answer done)
      : state_(std::move(state)),
        request_(std::move(request)),
        on_piece_(std::move(on_piece)),
        done_(std::move(done)),
        end_(state_->http.loop().now() + request_.deadline) {
    if (state_->version_path) {
      ask();
    } else {
      find_version();
    }
  }

 private:
  Duration left() const {
    return std::max<Duration>(end_ - state_->http.loop().now(), std::chrono::milliseconds(1));
  }

  void find_version() {
    ping("", [this](const http::Response& answer) {
      const auto newest = newest_of(answer);
      const auto path = version_path(newest);
      if (path.empty() || path == "/v" + newest) return ask_under(path);
      // An Engine that is newer than 29 may take no version as old as ours any more.
      ping(path, [this, path, newest](const http::Response& under_ours) {
        ask_under(under_ours.status == 400 ? "/v" + newest : path);
      });
    });
  }

  void ping(const std::string& path, std::function<void(const http::Response&)> then) {
    call_ = state_->http.send({.target = path + "/_ping", .deadline = left()}, nullptr,
                              [this, then = std::move(then)](const auto& answer) {
                                if (!answer) return end(answer);
                                then(*answer);
                              });
  }

  void ask_under(std::string path) {
    state_->version_path = std::move(path);
    ask();
  }

  void ask() {
    request_.target.insert(0, *state_->version_path);
    request_.deadline = left();
    call_ =
        state_->http.send(std::move(request_), std::move(on_piece_), [this](const auto& answer) {
          using Kind = runtime::Failure::Kind;
          if (answer ? answer->status == 400 : answer.error().kind == Kind::runtime_gone)
            state_->version_path.reset();
          end(answer);
        });
  }

  void end(const Result<http::Response, runtime::Failure>& answer) {
    const auto done = std::move(done_);
    done(answer);  // may destroy this
  }

  const std::shared_ptr<State> state_;
  UnixRequest request_;
  UnixHttp::OnPiece on_piece_;
  UnixHttp::Answer done_;
  const SteadyTime end_;
  HandlePtr call_;
};

Engine::Engine(Loop& loop, std::string socket)
    : state_(std::make_shared<State>(loop, std::move(socket))) {}

HandlePtr Engine::send(UnixRequest request, UnixHttp::OnPiece on_piece, UnixHttp::Answer done) {
  return std::make_unique<Call>(state_, std::move(request), std::move(on_piece), std::move(done));
}

}  // namespace kip::docker
