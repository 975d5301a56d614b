#include "types/nats.h"

#include <algorithm>
#include <optional>

#include "base/host_and_port.h"
#include "base/text.h"

namespace kip::nats {

namespace {

constexpr const char* expected = "; expected nats://host:port or tls://host:port";
constexpr const char* expected_encoded =
    "; expected nats://host:port or tls://host:port for each, and %2C for a comma in a password, "
    "%40 for an @, %2F for a slash";
constexpr std::uint16_t default_port = 4222;

std::optional<int> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Nothing: a "%" without two digits behind it.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? digit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? digit(text[i + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    plain += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return plain;
}

bool read_credentials(std::string_view text, Credentials& out) {
  const auto colon = text.find(':');
  const auto first = decoded(text.substr(0, colon));
  if (!first) return false;
  if (colon == std::string_view::npos) {
    out.token = *first;
    return true;
  }
  const auto second = decoded(text.substr(colon + 1));
  if (!second) return false;
  out.user = *first;
  out.password = *second;
  return true;
}

// What is wrong with the URL. Nothing of a list that has a user or a token is shown: where its
// password holds what separates, any part may be a piece of that.
Error wrong(std::size_t number, std::string_view shown, bool is_secret, const std::string& what) {
  if (!is_secret) return permanent(quoted(shown) + " " + what + expected);
  return permanent("URL " + std::to_string(number) + " " + what + expected_encoded);
}

Result<ServerUrl> parse_one(std::string_view text, std::size_t number, bool is_secret) {
  ServerUrl url;
  std::string_view rest = text;
  const auto scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string scheme = lowered(rest.substr(0, scheme_end));
    if (scheme != "nats" && scheme != "tls")
      return wrong(number, scheme, is_secret, "has a scheme that is not known");
    url.tls = scheme == "tls";
    rest.remove_prefix(scheme_end + 3);
  }
  // A password may hold one that is not encoded.
  if (const auto end = rest.rfind('@'); end != std::string_view::npos) {
    if (!read_credentials(rest.substr(0, end), url.credentials))
      return wrong(number, {}, is_secret, "has a user or password that is not percent-encoded");
    rest.remove_prefix(end + 1);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('/') != std::string_view::npos) return wrong(number, rest, is_secret, "has a path");
  const bool has_port = rest.ends_with(']') ? false : rest.rfind(':') != std::string_view::npos;
  const auto server = parse_host_and_port(rest);
  if (!server || (has_port && rest.ends_with(':')))
    return wrong(number, rest, is_secret, "is no host and port");
  url.host = server->host;
  url.port = server->port.value_or(default_port);
  return url;
}

}  // namespace

std::string ServerUrl::host_and_port() const { return text_of_host(host, port); }

Result<std::vector<ServerUrl>> parse_server_urls(std::string_view text) {
  std::vector<ServerUrl> urls;
  const bool is_secret = text.find('@') != std::string_view::npos;
  for (const auto& part : split(text, ',')) {
    const std::string_view one = trimmed(part);
    if (one.empty()) continue;
    const std::size_t number = urls.size() + 1;
    // The rest of a password with a comma, most likely: what stands before it would be taken for a
    // server, and named in the log.
    if (number > 1 && one.find('@') != std::string_view::npos &&
        one.find("://") == std::string_view::npos)
      return wrong(number, {}, is_secret, "has a user, password or token, and no scheme");
    auto url = parse_one(one, number, is_secret);
    if (!url) return url.error();
    urls.push_back(std::move(*url));
  }
  if (urls.empty()) return permanent("there is no NATS server" + std::string(expected));
  return urls;
}

Status check_subject(std::string_view subject) {
  constexpr std::size_t longest = 1000;  // a server takes lines of 4,096 bytes
  const auto is_wrong = [](unsigned char c) {
    return c <= ' ' || c == 127 || c == '*' || c == '>';
  };
  const bool has_empty_word = subject.empty() || subject.front() == '.' || subject.back() == '.' ||
                              subject.find("..") != std::string_view::npos;
  if (has_empty_word || subject.size() > longest ||
      std::any_of(subject.begin(), subject.end(), is_wrong))
    return permanent(quoted(subject) +
                     " is no subject of NATS; expected words with dots between them, such as "
                     "\"images\"");
  return Done{};
}

}  // namespace kip::nats
