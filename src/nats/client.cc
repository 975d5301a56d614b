#include "nats/client.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/log.h"
#include "loop/watched_file.h"
#include "nats/commands.h"
#include "nats/connection.h"

namespace kip::nats {

Client::Client(Loop& loop, Options options, Sink sink)
    : loop_(loop), options_(std::move(options)), sink_(std::move(sink)) {}

Client::~Client() {
  if (connection_) connection_->cancel();
}

void Client::start() {
  timer_ = loop_.after(Duration::zero(), [this] { connect(); });
}

bool Client::is_connected() const { return connection_ && connection_->is_ready(); }

void Client::subscribe(std::string subject, std::function<void(std::string_view)> on_message) {
  const std::uint64_t sid = subscriptions_.size() + 1;
  if (is_connected()) connection_->send(subscribe_command(subject, sid));
  subscriptions_.emplace(sid, Subscription{std::move(subject), std::move(on_message)});
}

bool Client::publish(std::string_view subject, std::string_view payload) {
  return is_connected() && payload.size() <= max_payload_ &&
         connection_->send(publish_command(subject, payload));
}

void Client::connect() {
  const HandlePtr ended = std::move(timer_);
  ServerUrl server = options_.servers[server_];
  // Who names a CA does not mean to speak to somebody without a certificate.
  server.tls = server.tls || !files_there().ca_file.empty();
  Credentials credentials = server.credentials;
  if (credentials.is_empty() && options_.credentials) {
    auto read = options_.credentials();
    if (!read) return on_closed(read.error().message);
    credentials = std::move(*read);
  }
  connection_ = std::make_shared<Connection>(
      loop_,
      Connection::Options{.server = std::move(server),
                          .credentials = std::move(credentials),
                          .name = options_.name,
                          .tls = [this](const ServerUrl& to) { return make_tls(to); },
                          .limits = options_.limits.connection},
      Connection::Sink{.on_ready = [this](const ServerInfo& info) { on_ready(info); },
                       .on_message =
                           [this](const Message& message) {
                             const auto found = subscriptions_.find(message.sid);
                             if (found != subscriptions_.end())
                               found->second.on_message(message.payload);
                           },
                       .on_warning = [this](const std::string& words) { warn(words); },
                       .on_closed = [this](const std::string& why) { on_closed(why); }});
  connection_->start();
}

void Client::on_ready(const ServerInfo& info) {
  trouble_.clear();
  max_payload_ = info.max_payload;
  version_ = info.version;
  settling_ = loop_.after(options_.limits.settled, [this] { on_settled(); });
  if (!told_connected_) tell_connected();
  for (const auto& [sid, subscription] : subscriptions_)
    connection_->send(subscribe_command(subscription.subject, sid));
  sink_.on_connected();
}

// Anybody may cause it who publishes: once each.
void Client::warn(const std::string& words) {
  constexpr std::size_t most = 20;
  if (warned_.size() < most && warned_.insert(words).second)
    log::warn("NATS goes on with less", {{"problem", words}});
}

// Not before: one that ends each connection at once would be asked at the shortest delay, and each
// time be told of.
void Client::on_settled() {
  const HandlePtr ended = std::move(settling_);
  failures_ = 0;
  told_.clear();
  if (!is_last_told_) tell_connected();
  told_connected_ = false;
}

void Client::tell_connected() {
  told_connected_ = is_last_told_ = true;
  log::info("connected to NATS",
            {{"server", options_.servers[server_].host_and_port()}, {"version", version_}});
}

// A server that has just ended takes the others' clients, too: none comes back at once.
void Client::on_closed(const std::string& why) {
  if (connection_) connection_->cancel();
  connection_ = nullptr;
  settling_.reset();
  const bool was_connected = trouble_.empty();
  if (closed_) return end_close();
  const std::string server = options_.servers[server_].host_and_port();
  trouble_ = server + ": " + why;
  if (trouble_ != std::exchange(told_, trouble_)) {
    log::warn("not connected to NATS; trying again", {{"server", server}, {"problem", why}});
    is_last_told_ = false;
  }
  server_ = (server_ + 1) % options_.servers.size();
  const auto rounds = std::min<std::size_t>(failures_++ / options_.servers.size(), 20);
  constexpr Duration shortest = std::chrono::milliseconds(20);
  const Duration most =
      std::min(options_.limits.longest_delay, options_.limits.first_delay * (1 << rounds));
  const auto delay = std::chrono::duration_cast<Duration>(most * loop_.random());
  timer_ = loop_.after(std::max(shortest, delay), [this] { connect(); });
  if (was_connected) sink_.on_disconnected();
}

void Client::close(Duration patience, std::function<void()> done) {
  closed_ = std::move(done);
  const bool waits = is_connected() && connection_->flush([this] {
    timer_ = loop_.after(Duration::zero(), [this] { end_close(); });
  });
  timer_ = loop_.after(waits ? patience : Duration::zero(), [this] { end_close(); });
}

void Client::end_close() {
  const HandlePtr ended = std::move(timer_);
  if (connection_) connection_->cancel();
  connection_ = nullptr;
  const auto done = std::exchange(closed_, nullptr);
  if (done) done();
}

Client::Tls Client::files_there() const {
  Tls files = options_.tls;
  if (files.are_optional)
    for (std::string* path : {&files.ca_file, &files.certificate_file, &files.key_file})
      if (::access(path->c_str(), F_OK) != 0) path->clear();
  return files;
}

Result<std::shared_ptr<http::Tls>> Client::make_tls(const ServerUrl& server) const {
  http::TlsSettings settings;
  settings.server_name = server.host;
  const auto read = [](const std::string& path, const std::string& what,
                       std::string& into) -> Status {
    if (path.empty()) return Done{};
    auto content = read_small_file(path, what);
    if (!content) return content.error();
    into = std::move(*content);
    return Done{};
  };
  const Tls files = files_there();
  settings.ca_origin = "file \"" + files.ca_file + "\"";
  for (const auto& status :
       {read(files.ca_file, "the CA of NATS", settings.ca_pem),
        read(files.certificate_file, "the client certificate for NATS", settings.certificate_pem),
        read(files.key_file, "the client key for NATS", settings.key_pem)})
    if (!status) return status.error();
  return http::Tls::make(settings);
}

}  // namespace kip::nats
