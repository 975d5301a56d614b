#include "nats/commands.h"

#include "base/json.h"
#include "base/text.h"
#include "base/version.h"

namespace kip::nats {

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
