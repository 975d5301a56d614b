// One gRPC channel to a server, without TLS. Belongs to the loop: calls are made and answered on
// it. One more thread waits for gRPC's answers and only posts them to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "loop/loop.h"
#include "rpc/method.h"
#include "rpc/refusal.h"

namespace kip::rpc {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Where a server is, as gRPC names it. Names are looked up before: gRPC waits for both families of
// addresses, also where /etc/hosts has one.
std::string on_socket(const std::string& path);
std::string at_address(const std::string& ip, std::uint16_t port);  // IPv6 without brackets

class Channel {
 public:
  struct Call {
    Duration deadline;     // after this it fails, as Code::deadline_exceeded
    Headers headers = {};  // beside those of the channel
  };

  // Nothing is asked yet: a server that is not there shows with the first call, and one that comes
  // later is found. `headers`: of each call.
  Channel(Loop& loop, const std::string& target, Headers headers = {});
  // Ends the calls under way; none of them is answered any more.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // `done` is called once, from the loop and never from inside this call. Destroying the handle
  // cancels the call.
  template <class Request, class Response>
  [[nodiscard]] HandlePtr call(
      const Method<Request, Response>& method, const std::type_identity_t<Request>& request,
      Call how, std::type_identity_t<std::function<void(const Result<Response, Refusal>&)>> done) {
    return send(method.path, request.SerializeAsString(), std::move(how),
                parsed<Response>(std::move(done)));
  }

  // The same with a stream of requests, which are messages in bytes, and one answer.
  template <class Request, class Response>
  [[nodiscard]] HandlePtr stream(
      const Method<Request, Response>& method, std::vector<std::string> requests, Call how,
      std::type_identity_t<std::function<void(const Result<Response, Refusal>&)>> done) {
    return send_all(method.path, std::move(requests), std::move(how),
                    parsed<Response>(std::move(done)));
  }

 private:
  using Done = std::function<void(const Result<std::string, Refusal>&)>;

  template <class Response>
  static Done parsed(std::function<void(const Result<Response, Refusal>&)> done) {
    return [done = std::move(done)](const Result<std::string, Refusal>& bytes) {
      if (!bytes) return done(bytes.error());
      Response response;
      if (!response.ParseFromString(*bytes))
        return done(Refusal{Code::internal, "the answer is malformed"});
      done(std::move(response));
    };
  }
  HandlePtr send(const char* path, const std::string& request, Call how, Done done);
  HandlePtr send_all(const char* path, std::vector<std::string> requests, Call how, Done done);

  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace kip::rpc
