// Follows a collection: a list, then a watch from the list's resourceVersion, for good. A watch
// whose time is over is taken up from where it was. One that broke starts again from a list, as
// nobody knows what the server is that answers next: one restored from a backup goes on from an
// earlier resourceVersion, and tells nothing to who waits for a later one. Kubernetes API concepts,
// "Efficient detection of changes". Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "kube/pager.h"
#include "kube/resource.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::kube {

class Informer {
 public:
  struct Options {
    Collection collection;
    std::string field_selector = {};
    std::string label_selector = {};
    bool optional = false;  // a 403 means "not for us": asked again only now and then
  };
  // Called on the loop's thread. None of them may destroy the Informer.
  struct Sink {
    std::function<void(json& object)> on_object;  // listed, added or changed; may be moved from
    std::function<void(const std::string& key, const std::string& uid)> on_gone;  // object::key
    std::function<void()> on_synced;                   // each time a list is complete
    std::function<void(const http::Error&)> on_error;  // it goes on by itself all the same
  };

  Informer(http::Transport& transport, Scheduler& scheduler, Options options, Sink sink);

  // Starts with a list. Call once.
  void start();

  // True if the collection has an object of this key, as far as list and watch have told. What was
  // learned otherwise (by the answer to a create) and is not here when a list is complete, is gone.
  bool has(const std::string& key) const { return present_.contains(key); }
  // True from the first complete list on.
  bool is_synced() const { return is_synced_; }
  // True while the API server cannot be reached, or answers that it cannot work (5xx): requests
  // that can wait are better made when it is back.
  bool is_away() const { return is_away_; }
  // True if an optional watch was refused more than once in a row.
  bool is_refused() const { return refused_.is_forbidden(); }

 private:
  void finish_list(const std::string& resource_version);
  void follow();
  void on_line(std::string_view line);
  void on_event(const std::string& type, json& object);
  bool take(json& object);
  void leave_out(const std::string& name, const std::string& why);
  void on_end(const http::Answer& end);
  void broken_off(http::Error error);
  void look_at_version();
  Duration pause();
  void fail(const http::Error& error);
  void start_over();

  http::Transport& transport_;
  Scheduler& scheduler_;
  const Options options_;
  const std::string path_;
  const Sink sink_;

  RetryDelay retry_;
  RetryDelay refused_{4};
  HandlePtr request_;  // the watch under way
  HandlePtr timer_;    // the wait before the next try
  Pager pager_;
  std::string resource_version_;
  std::map<std::string, std::string> present_;  // uid by key: what was seen and is not gone
  std::set<std::string> listed_;                // keys in the pages of the list under way
  std::set<std::string> left_out_;              // what cannot be read
  std::set<std::string> told_before_;           // the same in the list before this one
  bool is_synced_ = false;
  bool is_away_ = false;
  SteadyTime begun_{}, ends_{};  // the last watch: when it began, when its time is over
  bool told_ = false;            // it has told an event
  int short_ones_ = 0;           // in a row that ended at once
};

}  // namespace kip::kube
