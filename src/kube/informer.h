// Follows a collection (kube/reflector.h) and knows what is there: keys and uids, not the objects.
// Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "kube/reflector.h"
#include "loop/scheduler.h"

namespace kip::kube {

class Informer {
 public:
  using Options = Reflector::Options;
  // Called on the loop's thread. None of them may destroy the Informer.
  struct Sink {
    std::function<void(json& object)> on_object;  // listed, added or changed; may be moved from
    std::function<void(const std::string& key, const std::string& uid)> on_gone;  // object::key
    std::function<void()> on_synced;                   // each time a list is complete
    std::function<void(const http::Error&)> on_error;  // it goes on by itself all the same
  };

  Informer(http::Transport& transport, Scheduler& scheduler, Options options, Sink sink);

  // Starts with a list. Call once.
  void start() { reflector_.start(); }

  // True if the collection has an object of this key, as far as list and watch have told. What was
  // learned otherwise (by the answer to a create) and is not here when a list is complete, is gone.
  bool has(const std::string& key) const { return present_.contains(key); }
  bool is_synced() const { return reflector_.is_synced(); }
  bool is_away() const { return reflector_.is_away(); }
  bool is_refused() const { return reflector_.is_refused(); }

 private:
  struct Seen {
    std::string uid;
    std::uint32_t list;  // the number of the last list that was begun before it was told
  };
  void sweep();

  const Sink sink_;
  std::map<std::string, Seen> present_;  // by key: what was seen and is not gone
  std::uint32_t list_ = 0;
  Reflector reflector_;
};

}  // namespace kip::kube
