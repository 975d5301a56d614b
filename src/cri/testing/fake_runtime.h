// A gRPC server on a socket of its own, for tests: answers each method as it is told, with code 12
// where it is told nothing. Its threads call what it is told under one mutex; lock() is for tests
// that look at the same state.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cri/methods.h"

namespace kip::testing {

class FakeRuntime {
 public:
  struct Reply {
    int code = 0;
    std::string message = {};  // of a refusal
    std::string bytes = {};    // of an answer
    bool never = false;        // until release() or the client gives up
  };
  struct Asked {
    std::string path, bytes;
    std::map<std::string, std::string> metadata;

    template <class Request>
    Request as() const {
      Request request;
      request.ParseFromString(bytes);
      return request;
    }
  };

  FakeRuntime();
  ~FakeRuntime();
  FakeRuntime(const FakeRuntime&) = delete;
  FakeRuntime& operator=(const FakeRuntime&) = delete;

  const std::string& socket() const { return socket_; }
  // As a restart: calls under way are cut off.
  void stop();
  void start();

  template <class Request, class Response>
  void on(const cri::Method<Request, Response>& method,
          std::type_identity_t<std::function<Reply(const Request&)>> how) {
    const std::lock_guard<std::mutex> lock(mutex_);
    behaviours_[method.path] = [how = std::move(how)](const Asked& asked) {
      return how(asked.as<Request>());
    };
  }
  template <class Request, class Response>
  void on(const cri::Method<Request, Response>& method, Reply reply) {
    on(method, [reply](const Request&) { return reply; });
  }
  template <class Message>
  static Reply answer(const Message& message) {
    return {.bytes = message.SerializeAsString()};
  }
  static Reply refuse(cri::Code code, std::string message) {
    return {.code = static_cast<int>(code), .message = std::move(message)};
  }

  // Answers the calls of the method that are held.
  template <class Request, class Response>
  void release(const cri::Method<Request, Response>& method, const Reply& reply) {
    release_path(method.path, reply);
  }

  std::unique_lock<std::mutex> lock() { return std::unique_lock<std::mutex>(mutex_); }
  // What was asked so far, of this method.
  template <class Request, class Response>
  std::vector<Asked> asked(const cri::Method<Request, Response>& method) {
    return asked_path(method.path);
  }
  int cancelled();

 private:
  class Call;
  struct Service;

  void release_path(const std::string& path, const Reply& reply);
  std::vector<Asked> asked_path(const std::string& path);
  Reply reply_to(const Asked& asked);

  std::string folder_, socket_;
  std::mutex mutex_;
  std::map<std::string, std::function<Reply(const Asked&)>> behaviours_;  // guarded by mutex_
  std::vector<Asked> asked_;                                              // guarded by mutex_
  std::list<Call*> held_;                                                 // guarded by mutex_
  int cancelled_ = 0;                                                     // guarded by mutex_
  std::unique_ptr<Service> service_;
};

}  // namespace kip::testing
