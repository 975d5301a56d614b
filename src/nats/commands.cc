#include "nats/commands.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "base/version.h"

namespace kip::nats {

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

std::string connect_command(const Credentials& credentials, std::string_view client_name) {
  json options = {{"verbose", false},    {"pedantic", false}, {"lang", "c++"},
                  {"version", version},  {"protocol", 1},     {"echo", true},
                  {"name", client_name}, {"headers", true},   {"no_responders", false}};
  if (!credentials.token.empty()) {
    options["auth_token"] = credentials.token;
  } else if (!credentials.user.empty() || !credentials.password.empty()) {
    options["user"] = credentials.user;
    options["pass"] = credentials.password;
  }
  return "CONNECT " + to_text(options) + "\r\n";
}

std::string subscribe_command(std::string_view subject, std::uint64_t sid) {
  return "SUB " + std::string(subject) + " " + std::to_string(sid) + "\r\n";
}

std::string unsubscribe_command(std::uint64_t sid) {
  return "UNSUB " + std::to_string(sid) + "\r\n";
}

std::string publish_command(std::string_view subject, std::string_view payload) {
  std::string text = "PUB ";
  text += subject;
  text += " " + std::to_string(payload.size()) + "\r\n";
  text += payload;
  return text + "\r\n";
}

}  // namespace kip::nats
