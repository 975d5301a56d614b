// A gRPC server without TLS, for methods that take a stream of messages and answer when it ends.
// Made and destroyed by one thread. Messages come on threads of gRPC's, which is what waits for
// them: a client's next message is read when its last was taken.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "rpc/refusal.h"

namespace kip::rpc {

class Server {
 public:
  struct StreamMethod {
    std::string path;
    // Any thread calls it, also several at once. A refusal ends the client's call.
    std::function<std::optional<Refusal>(const std::string& message)> on_message;
    std::string answer = {};  // a message in bytes
  };
  struct Limits {
    int message = 1 << 20;                       // bytes; a longer one ends the client's call
    int calls_of_connection = 16;                // at the same time
    std::size_t memory = std::size_t{24} << 20;  // bytes, of all connections' buffers
    Duration idle = std::chrono::minutes(1);     // a connection without a call ends after this
    Duration age = std::chrono::minutes(5);      // and each, with its calls, after this
  };

  // `address`: "[::]:8443" listens for IPv4, too; "127.0.0.1:0" on a port that is free.
  static Result<std::unique_ptr<Server>> listen(const std::string& address, StreamMethod method,
                                                const Limits& limits);
  // Ends the calls under way at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }

 private:
  Server() = default;

  struct Service;
  std::unique_ptr<Service> service_;
  int port_ = 0;
};

}  // namespace kip::rpc
