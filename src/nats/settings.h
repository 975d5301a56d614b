// Where a program finds its NATS servers, and by which credentials: flags, and the environment
// variables and files of kubernetes-warm-images. Pure, but for client_options(), whose credentials
// are read from files when they are asked for.
#pragma once

#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/flag_table.h"
#include "base/result.h"
#include "nats/client.h"
#include "nats/commands.h"

namespace kip::nats {

struct Settings {
  std::vector<ServerUrl> servers = {};  // none: NATS is not used
  std::string subject = "images";
  // Paths of files; one that is not there holds nothing.
  std::string username_file = "/config/nats.username";
  std::string password_file = "/config/nats.password";
  std::string token_file = {};
  Client::Tls tls = {};
};

// NATS_ADDR, and the subject: which variable has that is for the caller to say. What is wrong comes
// to the problems.
void read_environment(const Environment& environment, const std::string& subject_variable,
                      Settings& settings, std::vector<std::string>& problems);

// An empty one is none.
Status read_servers(const std::string& text, Settings& settings);
Status read_subject(const std::string& text, Settings& settings);

// One of certificate and key without the other.
void check(const Settings& settings, std::vector<std::string>& problems);

// `name` is shown by the servers. Files are read for each connection.
Client::Options client_options(const Settings& settings, std::string name);

// The flags, for commands whose options have a member `nats`.
template <class Options>
struct Flags {
  using Text = const std::string&;
  static constexpr Flag<Options> all[] = {
      {"nats", "URL", "NATS_ADDR of the environment",
       "nats://host:4222, with user:password@ or token@ before the host if it wants that, or "
       "tls://…; several with commas between them.",
       [](Text t, Options& o) { return read_servers(t, o.nats); }},
      {"subject", "SUBJECT", "IMAGES of the environment, else images",
       "The subject of NATS on which each message is an image.",
       [](Text t, Options& o) { return read_subject(t, o.nats); }},
      {"nats-username-file", "PATH", "/config/nats.username",
       "A file with the user for NATS, read for each connection; not where the URL has one.",
       [](Text t, Options& o) { return read_text(t, o.nats.username_file); }},
      {"nats-password-file", "PATH", "/config/nats.password", "A file with that user's password.",
       [](Text t, Options& o) { return read_text(t, o.nats.password_file); }},
      {"nats-token-file", "PATH", "", "A file with a token, in place of user and password.",
       [](Text t, Options& o) { return read_text(t, o.nats.token_file); }},
      {"nats-ca-file", "PATH", "the system's CAs", "Whom to trust where NATS speaks TLS, as PEM.",
       [](Text t, Options& o) { return read_text(t, o.nats.tls.ca_file); }},
      {"nats-cert-file", "PATH", "", "A client certificate for NATS, as PEM.",
       [](Text t, Options& o) { return read_text(t, o.nats.tls.certificate_file); }},
      {"nats-key-file", "PATH", "", "Its key.",
       [](Text t, Options& o) { return read_text(t, o.nats.tls.key_file); }},
  };

  // These, and then a command's own.
  static std::vector<Flag<Options>> and_own(std::span<const Flag<Options>> own) {
    std::vector<Flag<Options>> flags(std::begin(all), std::end(all));
    flags.insert(flags.end(), own.begin(), own.end());
    return flags;
  }
};

}  // namespace kip::nats
