// A client of NATS that stays: connects to one of its servers, and again for ever when that ends,
// with its subscriptions. Core NATS keeps nothing, so what is published meanwhile is lost: who
// publishes does all of it again in on_connected. Belongs to the loop; no callback comes from
// inside a call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loop/loop.h"
#include "nats/connection_limits.h"
#include "nats/server_info.h"
#include "types/nats.h"

namespace kip::http {
class Tls;
}

namespace kip::nats {

class Connection;

class Client {
 public:
  struct Tls {                 // paths of PEM files, read for each connection
    std::string ca_file = {};  // "": the system's CAs
    std::string certificate_file = {}, key_file = {};  // ours; both or none
    bool are_optional = false;                         // those that are not there are not meant
  };
  struct Limits {
    ConnectionLimits connection = {};
    // Before the first, second, … try in a row at all servers: chance times this, which doubles.
    Duration first_delay = std::chrono::milliseconds(250);
    Duration longest_delay = std::chrono::seconds(10);
    // A connection that has held so long begins that anew: a server that takes everybody and sends
    // them away is asked less and less.
    Duration settled = std::chrono::seconds(10);
  };
  struct Options {
    std::vector<ServerUrl> servers;  // at least one; tried in turn
    // Asked before each connection, as they may change; not where the URL has some.
    std::function<Result<Credentials>()> credentials = {};
    std::string name;  // that the servers show for this client
    Tls tls = {};
    Limits limits = {};
  };
  struct Sink {
    std::function<void()> on_connected = [] {};
    std::function<void()> on_disconnected = [] {};  // after it was connected
  };

  // The loop outlives it.
  Client(Loop& loop, Options options, Sink sink);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Call once, behind the subscriptions, or before them.
  void start();
  // The payload of each message on `subject` from now on, and of all connections to come.
  void subscribe(std::string subject, std::function<void(std::string_view payload)> on_message);
  // False: not connected, or the server is slow and too much waits already, or the server takes no
  // message of this size. Nothing is kept then.
  bool publish(std::string_view subject, std::string_view payload);
  // Ends the connection when the server has had all, or after `patience`. Then calls `done`, which
  // may destroy this.
  void close(Duration patience, std::function<void()> done);

  bool is_connected() const;
  // Why it is not connected, as far as it is known; "" while it is.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Subscription {
    std::string subject;
    std::function<void(std::string_view)> on_message;
  };

  void connect();
  void on_ready(const ServerInfo& info);
  void warn(const std::string& words);
  void on_settled();
  void tell_connected();
  void on_closed(const std::string& why);
  void end_close();
  Tls files_there() const;
  Result<std::shared_ptr<http::Tls>> make_tls(const ServerUrl& server) const;

  Loop& loop_;
  const Options options_;
  const Sink sink_;
  std::map<std::uint64_t, Subscription> subscriptions_;  // by sid
  std::shared_ptr<Connection> connection_;
  std::size_t server_ = 0;  // in use, or tried
  std::size_t failures_ = 0;
  std::uint64_t max_payload_ = 0;
  std::string trouble_ = "not connected yet", told_, version_;
  std::set<std::string> warned_;
  bool told_connected_ = false;  // since the last connection that settled
  bool is_last_told_ = false;    // and nothing else after it
  HandlePtr timer_, settling_;
  std::function<void()> closed_;
};

}  // namespace kip::nats
