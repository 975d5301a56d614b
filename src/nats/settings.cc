#include "nats/settings.h"

#include <unistd.h>

#include "base/text.h"
#include "loop/watched_file.h"

namespace kip::nats {

namespace {

// What the chart of kubernetes-warm-images has where there is none.
constexpr std::string_view not_provided = "NONE_PROVIDED";

Status read_word(const std::string& path, const std::string& what, std::string& out) {
  if (path.empty() || access(path.c_str(), F_OK) != 0) return Done{};
  const auto content = read_small_file(path, what);
  if (!content) return content.error();
  const std::string_view word = trimmed(*content);
  if (word != not_provided) out = word;
  return Done{};
}

Result<Credentials> read_credentials(const Settings& settings) {
  Credentials read;
  for (const auto& status :
       {read_word(settings.token_file, "the token for NATS", read.token),
        read_word(settings.username_file, "the user for NATS", read.user),
        read_word(settings.password_file, "the password for NATS", read.password)})
    if (!status) return status.error();
  return read;
}

}  // namespace

Status read_servers(const std::string& text, Settings& settings) {
  settings.servers.clear();
  if (trimmed(text).empty()) return Done{};
  auto servers = parse_server_urls(text);
  if (!servers) return servers.error();
  settings.servers = std::move(*servers);
  return Done{};
}

Status read_subject(const std::string& text, Settings& settings) {
  auto status = check_subject(text);
  if (status) settings.subject = text;
  return status;
}

void read_environment(const Environment& environment, const std::string& subject_variable,
                      Settings& settings, std::vector<std::string>& problems) {
  if (const auto read = read_servers(value_of(environment, "NATS_ADDR"), settings); !read)
    problems.push_back("NATS_ADDR: " + read.error().message);
  const std::string subject = value_of(environment, subject_variable);
  if (subject.empty()) return;
  if (const auto read = read_subject(subject, settings); !read)
    problems.push_back(subject_variable + ": " + read.error().message);
}

void check(const Settings& settings, std::vector<std::string>& problems) {
  if (settings.tls.certificate_file.empty() != settings.tls.key_file.empty())
    problems.emplace_back(
        "one of --nats-cert-file and --nats-key-file stands alone; expected both or none");
}

Client::Options client_options(const Settings& settings, std::string name) {
  return {.servers = settings.servers,
          .credentials = [settings] { return read_credentials(settings); },
          .name = std::move(name),
          .tls = settings.tls};
}

}  // namespace kip::nats
