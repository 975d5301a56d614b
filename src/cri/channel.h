// One gRPC channel to the runtime's socket. Belongs to the loop: calls are made and answered on it.
// One more thread waits for gRPC's answers and only posts them to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "cri/connect.h"
#include "cri/methods.h"
#include "cri/refusal.h"

namespace kip::cri {

class Channel {
 public:
  struct Call {
    Duration deadline;       // after this it fails, as Code::deadline_exceeded
    std::string lease = {};  // of containerd's: it holds what the call brings. "": none
  };

  Channel(Loop& loop, const std::string& socket);
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
                [done = std::move(done)](const Result<std::string, Refusal>& bytes) {
                  if (!bytes) return done(bytes.error());
                  Response response;
                  if (!response.ParseFromString(*bytes))
                    return done(Refusal{Code::internal, "the runtime's answer is malformed"});
                  done(std::move(response));
                });
  }

 private:
  using Done = std::function<void(const Result<std::string, Refusal>&)>;
  HandlePtr send(const char* path, const std::string& request, Call how, Done done);

  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace kip::cri
