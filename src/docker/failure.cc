#include "docker/failure.h"

#include "base/json.h"
#include "base/text.h"
#include "runtime/words.h"

namespace kip::docker {

namespace {

using Kind = runtime::Failure::Kind;

std::string words_of(const http::Response& answer) {
  auto message = string_at(parse_json(answer.body), "/message");
  if (!message.empty()) return message;
  return "the Docker Engine answered " + std::to_string(answer.status) + ": " +
         quoted(answer.body, 200);
}

// Where the words tell nothing: most failures of a registry are a 500 of the Engine's.
Kind kind_of(int status) {
  switch (status) {
    case 400:
      return Kind::reference;
    case 401:
      return Kind::unauthorized;
    case 403:
      return Kind::denied;
    case 404:
      return Kind::not_found;
    default:
      return Kind::other;
  }
}

}  // namespace

runtime::Failure failure_of(const http::Response& answer) {
  return {Kind::other, runtime::to_show(words_of(answer))};
}

runtime::Failure failure_of(const http::Response& answer, const types::ImageReference& image,
                            const registry::Credentials& shown) {
  auto failure = failure_of(words_of(answer), image, shown);
  if (failure.kind == Kind::other) failure.kind = kind_of(answer.status);
  return failure;
}

runtime::Failure failure_of(const std::string& words, const types::ImageReference& image,
                            const registry::Credentials& shown) {
  return {types::pull_failure_of(runtime::without_names(words, image)),
          runtime::to_show(words, shown)};
}

}  // namespace kip::docker
