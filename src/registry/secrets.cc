#include "registry/secrets.h"

#include <algorithm>
#include <string_view>

#include "base/base64.h"
#include "base/text.h"

namespace kip::registry {

namespace {

constexpr std::string_view mask = "***";
constexpr std::size_t shortest_within_words = 4;  // bytes

bool is_of_a_word(const std::string& text, std::size_t at) {
  if (at >= text.size()) return false;
  const char c = text[at];
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void take_out(std::string& text, const std::string& secret) {
  for (auto at = text.find(secret); at != std::string::npos;) {
    const bool is_within =
        (at > 0 && is_of_a_word(text, at - 1)) || is_of_a_word(text, at + secret.size());
    if (secret.size() < shortest_within_words && is_within) {
      at = text.find(secret, at + 1);
      continue;
    }
    text.replace(at, secret.size(), mask);
    at = text.find(secret, at + mask.size());
  }
}

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  std::vector<std::string> forms;
  for (const auto& secret : secrets)
    if (!secret.empty())
      forms.insert(forms.end(), {secret, percent_encoded(secret),
                                 without_padding(to_base64(secret)), to_base64url(secret)});
  // The longest first, so that none is cut by a shorter one within it.
  std::ranges::stable_sort(forms, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& form : forms) take_out(text, form);
  return text;
}

std::string masked(std::string text, const Credentials& shown) {
  std::vector<std::string> secrets = {shown.password, shown.identity_token, shown.registry_token};
  if (!shown.password.empty()) secrets.push_back(shown.username + ":" + shown.password);
  return masked(std::move(text), secrets);
}

}  // namespace kip::registry
