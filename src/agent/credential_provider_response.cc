#include "agent/credential_provider_response.h"

#include "base/json.h"
#include "base/text.h"

namespace kip::agent {

namespace {

using Response = CredentialProviderResponse;

Error unfit(const std::string& why) {
  return {ErrorKind::transient, "its answer is not a CredentialProviderResponse: " + why};
}

// `is "…"`, or of which type it is.
std::string found(const json& answer, const char* field) {
  const auto& value = at(answer, field);
  if (value.is_null()) return "is missing";
  return std::string("is ") +
         (value.is_string() ? kip::quoted(value.get<std::string>()) : json_type_name(value));
}

std::optional<Response::CacheKey> cache_key(std::string_view text) {
  if (text == "Image") return Response::CacheKey::image;
  if (text == "Registry") return Response::CacheKey::registry;
  if (text == "Global") return Response::CacheKey::global;
  return std::nullopt;
}

bool is_text_or_absent(const json& value) { return value.is_string() || value.is_null(); }

}  // namespace

std::string credential_provider_request(const types::ImageReference& image) {
  return to_text(json{{"apiVersion", credential_provider_api},
                      {"kind", "CredentialProviderRequest"},
                      {"image", image.repository()}});
}

Result<Response> parse_credential_provider_response(std::string_view text,
                                                    const std::string& origin) {
  const json answer = parse_json(text);
  if (!answer.is_object()) return unfit("there is no JSON object on its stdout");
  if (string_at(answer, "/kind") != "CredentialProviderResponse")
    return unfit("kind " + found(answer, "/kind") + "; expected CredentialProviderResponse");
  if (string_at(answer, "/apiVersion") != credential_provider_api)
    return unfit("apiVersion " + found(answer, "/apiVersion") + "; expected " +
                 credential_provider_api);
  Response response;
  const auto key = cache_key(string_at(answer, "/cacheKeyType"));
  if (!key)
    return unfit("cacheKeyType " + found(answer, "/cacheKeyType") +
                 "; expected Image, Registry or Global");
  response.cache_key = *key;
  if (has(answer, "/cacheDuration")) {
    const auto duration = parse_go_duration(string_at(answer, "/cacheDuration"));
    if (!duration)
      return unfit("cacheDuration " + found(answer, "/cacheDuration") +
                   "; expected a duration such as 10m");
    response.cache_duration = *duration;
  }
  const auto& auth = at(answer, "/auth");
  if (!auth.is_object() && !auth.is_null())
    return unfit("auth " + std::string("is ") + json_type_name(auth) + "; expected an object");
  for (const auto& [images, entry] : object_at(answer, "/auth").items()) {
    if (entry.is_null()) continue;
    if (!entry.is_object() || !is_text_or_absent(at(entry, "/username")) ||
        !is_text_or_absent(at(entry, "/password")))
      return unfit("an entry of auth is not a username and a password");
    registry::Credentials credentials{.username = string_at(entry, "/username"),
                                      .password = string_at(entry, "/password"),
                                      .origin = origin};
    if (!credentials.is_anonymous())
      response.auth.entries.push_back({images, std::move(credentials)});
  }
  return response;
}

}  // namespace kip::agent
