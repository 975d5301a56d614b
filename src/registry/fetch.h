// One request, with the redirects that it meets: followed by us, as the library would carry
// secrets along. Belongs to the loop; destroying it gives the request up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "registry/connections.h"
#include "registry/failure.h"

namespace kip::registry {

// What all requests share. Outlives them.
struct Network {
  Scheduler& scheduler;
  Connections connections;
  InsecureRegistries insecure;
  Duration deadline;  // for a whole answer, or the headers of a blob's
};

class Fetch : public Handle {
 public:
  struct Settings {
    std::string image;          // for messages
    Target target;              // whose path goes into the request
    http::Request request;      // without path
    std::string authorization;  // "": none. Goes to the target's own server only.
    bool follows_redirects = true;
    http::Client::OnBytes on_bytes = nullptr;  // for the bytes of a 200 or 206 answer
  };
  struct Answered {
    http::Response response;
    Subject subject;    // who answered at last
    bool is_elsewhere;  // that is another server than the one that was asked
  };
  using Done = std::function<void(Result<Answered, Failure>)>;

  // `done` is called once, from the loop and never from inside this call; it may destroy this. A
  // 3xx with a Location is followed up to five times, never back to where it came from, and from
  // TLS to plain HTTP only if that server is listed as insecure.
  Fetch(Network& network, Settings settings, Done done);

 private:
  void send();
  void ended(http::Client::Outcome outcome);
  void redirected(const http::Response& response);
  void fail(Failure failure);
  Subject subject() const { return {settings_.image, settings_.request.method, at_}; }

  Network& network_;
  Settings settings_;
  Done done_;
  Target at_;
  std::vector<Target> seen_;
  bool is_elsewhere_ = false, broken_once_ = false;
  HandlePtr exchange_;
};

}  // namespace kip::registry
