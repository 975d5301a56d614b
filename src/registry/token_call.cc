#include "registry/token_call.h"

#include <utility>

namespace kip::registry {

namespace {

using Kind = Failure::Kind;

}  // namespace

TokenCall::TokenCall(Network& network, std::string image, TokenKey key, Target realm, Done done)
    : network_(network),
      image_(std::move(image)),
      key_(std::move(key)),
      realm_(std::move(realm)),
      done_(std::move(done)),
      is_post_(!key_.credentials.identity_token.empty()) {
  send(is_post_ ? post_token(key_, realm_) : get_token(key_, realm_));
}

void TokenCall::send(TokenRequest request) {
  fetch_ = std::make_unique<Fetch>(
      network_,
      Fetch::Settings{.image = image_,
                      .target = std::move(request.target),
                      .request = std::move(request.request),
                      .authorization = std::move(request.authorization),
                      .follows_redirects = false},
      [this](Result<Fetch::Answered, Failure> answer) { answered(std::move(answer)); });
}

// Registries that know no OAuth2 answer the POST with one of these; they take the identity token in
// the place of a password.
bool TokenCall::falls_back(int status) const {
  return is_post_ && (status == 400 || status == 401 || status == 404 || status == 405);
}

void TokenCall::answered(Result<Fetch::Answered, Failure> answer) {
  const HandlePtr last = std::move(fetch_);
  if (!answer) return finish(answer.error());
  const auto& [response, subject, is_elsewhere] = *answer;
  if (response.status == 200) {
    auto token = parse_token(response.body);
    if (!token)
      return finish(bad_answer(subject, "answered 200, and its body " + token.error().message));
    return finish(*std::move(token));
  }
  if (falls_back(response.status)) {
    is_post_ = false;
    return send(get_token(key_, realm_));
  }
  Failure failure = failure_of(subject, response);
  failure.message += " with a token";
  if (response.status == 400) failure.kind = Kind::unauthorized;
  // It is not the image that was not found.
  if (failure.kind == Kind::not_found) failure.kind = Kind::bad_answer;
  finish(std::move(failure));
}

void TokenCall::finish(Result<Token, Failure> result) {
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::registry
