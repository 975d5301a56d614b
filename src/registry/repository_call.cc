#include "registry/repository_call.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace kip::registry {

namespace {

using Kind = Failure::Kind;

// Others may do better with other credentials, or none.
bool is_refusal(Kind kind) {
  return kind == Kind::not_found || kind == Kind::denied || kind == Kind::unauthorized;
}

std::string name_of(const Credentials& credentials) {
  return credentials.is_anonymous() ? "without credentials" : "with " + credentials.origin;
}

}  // namespace

RepositoryCall::RepositoryCall(Network& network, Authorizer& authorizer, RequestQueue& queue,
                               Settings settings, Done done)
    : network_(network),
      authorizer_(authorizer),
      queue_(queue),
      settings_(std::move(settings)),
      done_(std::move(done)) {
  settings_.credentials.emplace_back();  // none
  turn_ = queue_.wait([this] { attempt(); });
}

void RepositoryCall::attempt() {
  is_authorized_ = false;
  send(authorizer_.known(settings_.repository, settings_.credentials[index_]));
}

void RepositoryCall::send(std::string authorization) {
  const auto& shown = settings_.credentials[index_];
  secrets_.insert(secrets_.end(), {shown.password, shown.identity_token,
                                   authorization.substr(authorization.find(' ') + 1)});
  http::Client::OnBytes on_bytes;
  if (settings_.on_bytes)
    on_bytes = [this](const http::Response& head, std::string_view bytes) {
      turn_.reset();
      const auto receiver = settings_.on_bytes;  // it may destroy this
      receiver(head, bytes);
    };
  const auto& repository = settings_.repository;
  step_ = std::make_unique<Fetch>(
      network_,
      Fetch::Settings{
          .image = repository.image,
          .target = {repository.server, "/v2/" + repository.path + "/" + settings_.path},
          .request = settings_.request,
          .authorization = std::move(authorization),
          .on_bytes = std::move(on_bytes)},
      [this](Result<Fetch::Answered, Failure> answer) { answered(std::move(answer)); });
}

void RepositoryCall::answered(Result<Fetch::Answered, Failure> answer) {
  const HandlePtr last = std::move(step_);
  if (!answer) return finish(std::move(answer));
  const auto& response = answer->response;
  if (!answer->is_elsewhere) queue_.answered(response);
  const auto& accepted = settings_.accepts;
  if (std::find(accepted.begin(), accepted.end(), response.status) != accepted.end())
    return finish(std::move(answer));
  if (response.status == 401 && !answer->is_elsewhere && !is_authorized_)
    return challenged(*answer);
  Failure failure = failure_of(answer->subject, response);
  if (!is_refusal(failure.kind)) return finish(std::move(failure));
  refused(std::move(failure));
}

void RepositoryCall::challenged(const Fetch::Answered& answer) {
  const auto header = answer.response.headers.find("WWW-Authenticate");
  step_ = authorizer_.answer(
      settings_.repository, answer.subject,
      header == answer.response.headers.end() ? std::string_view() : header->second,
      settings_.credentials[index_], [this](Result<std::string, Failure> authorization) {
        const HandlePtr last = std::move(step_);
        is_authorized_ = true;
        if (authorization) return send(*std::move(authorization));
        const Failure& failure = authorization.error();
        if (is_refusal(failure.kind)) return refused(failure);
        // The token server's limit is the registry's, too.
        if (failure.kind == Kind::rate_limited)
          queue_.answered({.status = 429, .body = "", .retry_after = failure.retry_after});
        finish(failure);
      });
}

void RepositoryCall::refused(Failure failure) {
  refusals_.push_back(std::move(failure));
  if (++index_ < settings_.credentials.size()) return attempt();
  const auto furthest =
      std::min_element(refusals_.begin(), refusals_.end(), [](const Failure& a, const Failure& b) {
        constexpr auto rank = [](Kind kind) {
          return kind == Kind::not_found ? 0 : kind == Kind::denied ? 1 : 2;
        };
        return rank(a.kind) < rank(b.kind);
      });
  Failure out = *furthest;
  std::vector<std::string> tried;
  for (const auto& each : settings_.credentials) tried.push_back(name_of(each));
  out.message += "; tried " + joined(tried);
  finish(std::move(out));
}

void RepositoryCall::finish(Result<Fetch::Answered, Failure> result) {
  // A limit that came with a token's answer is the registry's, too.
  turn_.reset();
  const auto done = std::move(done_);
  if (result) return done(std::move(result));
  Failure failure = result.error();
  redact(failure, secrets_);
  done(std::move(failure));
}

}  // namespace kip::registry
