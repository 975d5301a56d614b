// Follows a collection without keeping it: a list, then a watch from the list's resourceVersion,
// for good (client-go's Reflector). A watch whose time is over is taken up from where it was. One
// that broke starts again from a list, as nobody knows what the server is that answers next: one
// restored from a backup goes on from an earlier resourceVersion, and tells nothing to who waits
// for a later one. Kubernetes API concepts, "Efficient detection of changes". Belongs to the loop.
//
// For those that keep what they follow in a form of their own. What is not told between on_list and
// on_listed is gone: mark what comes with the number of the list, and sweep at its end. Who needs
// only to know what is there takes an Informer.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "kube/pager.h"
#include "kube/resource.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::kube {

class Reflector {
 public:
  struct Options {
    Collection collection;
    std::string field_selector = {};
    std::string label_selector = {};
    bool optional = false;  // a 403 means "not for us": asked again only now and then
  };
  // Called on the loop's thread. None of them may destroy the Reflector. All are set.
  struct Sink {
    std::function<void()> on_list;                // a list begins; one before it may have broken
    std::function<void(json& object)> on_object;  // listed, added or changed; may be moved from
    // It is there but cannot be read: what was known of it (object::key) stays. It is in the log.
    std::function<void(const std::string& key)> on_unreadable;
    std::function<void(const json& object)> on_deleted;  // as it was last; maybe never told before
    std::function<void()> on_listed;                     // each time a list is complete
    std::function<void(const http::Error&)> on_error;    // it goes on by itself all the same
  };

  Reflector(http::Transport& transport, Scheduler& scheduler, Options options, Sink sink);

  // Starts with a list. Call once.
  void start();

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
  void take(json& object);
  void leave_out(const std::string& key, const std::string& why);
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
  std::set<std::string> left_out_;     // what cannot be read
  std::set<std::string> told_before_;  // the same in the list before this one
  bool is_synced_ = false;
  bool is_away_ = false;
  SteadyTime begun_{}, ends_{};  // the last watch: when it began, when its time is over
  bool told_ = false;            // it has told an event
  int short_ones_ = 0;           // in a row that ended at once
};

}  // namespace kip::kube
