// What we show to the server: a bearer token, a client certificate, or both. Belongs to the loop;
// owned by the transport.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "kube/access/access.h"
#include "kube/access/exec_plugin.h"
#include "loop/scheduler.h"
#include "loop/watched_file.h"

namespace kip::kube {

struct Secrets {
  std::string token = {};                          // "" for none
  std::string certificate_pem = {}, key_pem = {};  // both or none
  bool operator==(const Secrets&) const = default;
};

class Credentials {
 public:
  virtual ~Credentials() = default;

  // Calls `done` with what is to be shown now: from the loop, never from inside this call, and not
  // after the handle is destroyed. Errors: permanent for what somebody has to repair, transient
  // where a plugin failed.
  [[nodiscard]] virtual HandlePtr get(std::function<void(Result<Secrets>)> done) = 0;

  // The server answered `used` with 401. True if get() may give other secrets from now on.
  virtual bool is_rejected(const Secrets& used) = 0;
};

// Files are read again when they change, a plugin is asked again when its answer expired or was
// rejected. `scheduler` outlives the credentials.
std::unique_ptr<Credentials> make_credentials(Scheduler& scheduler, const Access& access);

// A token as a header can carry it, without the line end of its file. `origin` is for the message.
Result<std::string> clean_token(const std::string& text, const std::string& origin);

}  // namespace kip::kube
