// A text of ours in a ConfigMap, for the next process or for others: one key of it. The ConfigMap
// belongs to a Deployment, and goes with that. Written when it says something new. Belongs to the
// loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::kube {

class ConfigMapText {
 public:
  struct Options {
    std::string namespace_name, name, key;
    std::string deployment_name = {};  // empty: nobody owns it
    // An owner reference in place of the Deployment's: then one that has not this owner is
    // another's, and neither read nor written. Null: none.
    json owner = nullptr;
    json labels = json::object();  // of one that is made
    const char* trouble;           // what does not work, for the log: Outage
  };
  struct Sink {
    std::function<void(const http::Error&)> on_refused;  // a 403 that is believed; each time
    std::function<void()> on_stored = nullptr;           // what is wanted is stored, or was already
    std::function<void()> on_others = nullptr;           // it is another's; each time
  };

  ConfigMapText(Client client, Scheduler& scheduler, Options options, Sink sink);

  // Asks until it is answered; `done` gets nothing where there is no ConfigMap, or it may not be
  // read. One without the key has an empty text.
  void read(std::function<void(const std::optional<std::string>& text)> done);
  // What is being written when this comes is followed by it.
  void write(std::string text);
  // It may have been taken away, or changed by somebody else: reads it, and writes what is wanted.
  void look_again() {
    if (!is_busy()) look();
  }

  const std::string& name() const { return at_.name; }
  // What was wanted last is stored.
  bool is_written() const { return !object_.is_null() && stored_ == wanted_; }

 private:
  bool is_busy() const { return poll_.is_busy() || owner_poll_.is_busy() || later_; }
  void ask(std::function<void()> done);
  void look();
  void put();
  void put_with(const json& owners);
  json body(const json& owners) const;
  void written(const Answer& answer);

  const Client client_;
  Scheduler& scheduler_;
  const ObjectReference at_, deployment_at_;
  const std::string key_;
  const json owner_, labels_;
  const Sink sink_;
  Poll poll_, owner_poll_;
  RetryDelay lost_;  // writes that came too late, or for which there is no place
  json object_;      // as it is stored; null: it is not there
  std::string wanted_, sent_, stored_;
  bool is_read_ = false;
  HandlePtr later_;
};

}  // namespace kip::kube
