// Follows a collection: a list, then a watch from the list's resourceVersion, for good. What ends
// is taken up from where it was; what is Gone (410) starts again from a list. Kubernetes API
// concepts, "Efficient detection of changes". Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/backoff.h"
#include "base/json.h"
#include "base/scheduler.h"
#include "kube/refusal.h"
#include "kube/transport.h"

namespace kip::kube {

class Watch {
 public:
  struct Options {
    std::string path;  // of the collection
    std::string field_selector = {};
    std::string label_selector = {};
    int page = 500;                  // objects in one answer of the list
    bool optional = false;           // a 403 means "not for us": asked again only now and then
    bool across_namespaces = false;  // then objects are told apart by "namespace/name"
  };
  // Called on the loop's thread. None of them may destroy the Watch.
  struct Sink {
    std::function<void(const json& object)> on_object;  // listed, added or changed
    // `name` is "namespace/name" where it goes across namespaces.
    std::function<void(const std::string& name, const std::string& uid)> on_gone;
    std::function<void()> on_synced;             // each time a list is complete
    std::function<void(const Error&)> on_error;  // it goes on by itself all the same
  };

  Watch(Transport& transport, Scheduler& scheduler, Options options, Sink sink);

  // Starts with a list. Call once.
  void start();

  // True if the collection has an object of this name, as far as list and watch have told. What was
  // learned otherwise (by the answer to a create) and is not here when a list is complete, is gone.
  bool has(const std::string& name) const { return present_.contains(name); }
  // True from the first complete list on.
  bool synced() const { return synced_; }
  // True while the last list or watch succeeded.
  bool healthy() const { return healthy_; }
  // True if an optional watch was refused more than once in a row.
  bool is_refused() const { return refused_.is_certain(); }

 private:
  void list(const std::string& continue_token);
  void on_page(Result<json> page);
  void finish_list();
  void follow();
  void on_line(std::string_view line);
  void on_event(const std::string& type, const json& object);
  std::string key_of(const json& object) const;
  void on_end(Result<Response> end);
  Duration pause();
  void fail(const Error& error, std::function<void()> then);
  void start_over();

  Transport& transport_;
  Scheduler& scheduler_;
  const Options options_;
  const Sink sink_;

  Backoff backoff_;
  Refusal refused_;
  HandlePtr request_;  // the list or the watch under way
  HandlePtr timer_;    // the wait before the next try
  std::string resource_version_;
  std::map<std::string, std::string> present_;  // uid by name: what was seen and is not gone
  std::set<std::string> listed_;                // names in the pages of the list under way
  std::optional<Error> broken_;                 // why the watch's lines cannot be followed further
  bool synced_ = false;
  bool healthy_ = false;
  SteadyTime begun_{};          // the last watch
  bool told_ = false;           // it has told an event
  bool was_fruitless_ = false;  // the one before told none, and ended at once
};

}  // namespace kip::kube
