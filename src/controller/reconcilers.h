// The settings of one puller at work: a Reconciler for each DaemonSet that they ask for
// (core/groups.h), what moves from one to another, and what earlier settings have left. One
// DaemonSet is the usual case, and costs no more than its Reconciler. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/leftovers.h"
#include "controller/reconciler.h"
#include "controller/shared_surroundings.h"
#include "core/handover.h"
#include "core/status.h"
#include "http/transport.h"
#include "loop/scheduler.h"

namespace kip::controller {

class Reconcilers {
 public:
  Reconcilers(http::Transport& transport, Scheduler& scheduler, Informers informers,
              config::Settings settings, std::unique_ptr<Surroundings> surroundings);

  // Until then what is there is followed, and nothing touched. Again does nothing.
  void start();
  // Asks for the surroundings before that: who is to start may depend on them.
  void look_around();

  const config::Settings& settings() const;
  // Takes other settings of the same names: NAMESPACE, DAEMONSET_NAME, DEPLOYMENT_NAME. May not be
  // called from inside a listener.
  void update(config::Settings settings);

  // Called after each pass of one of them, from inside it: status() may say something else.
  void on_pass(std::function<void()> listener) { pass_listener_ = std::move(listener); }
  // Called whenever something new of the surroundings is known.
  void on_surroundings(std::function<void()> listener) {
    surroundings_listener_ = std::move(listener);
  }
  // Each has looked at its DaemonSet.
  bool has_looked() const;
  // Each DaemonSet is there, and has this owner.
  bool are_owned_by(const std::string& uid) const;
  // Each is as it is wanted, and on its nodes.
  bool are_rolled_out() const;
  bool has(const std::string& daemonset_name) const { return find(daemonset_name) != nullptr; }
  core::PullerStatus status() const;  // of all as if they were one; computed at each call

  // A DaemonSet that is there and that none of them follows.
  void on_stray(const json& daemonset) { leftovers_.put(daemonset); }
  // What is there of them, and of what they were to remove: for who goes on with other names.
  std::vector<json> what_is_there() const;

  // The end: all DaemonSets go unless the surroundings have a reason to leave them. `done` is
  // called once that is decided and done, or after 25 s.
  void shut_down(std::function<void()> done);

 private:
  struct Member {
    config::Settings group;  // empty where there is one: its Reconciler has it
    std::unique_ptr<Reconciler> reconciler;
    bool keeps = false;  // images that another is to have
  };

  const config::Settings& group_of(const Member& member) const;
  void make(config::Settings group, bool is_one_of_several);
  const Member* find(const std::string& daemonset_name) const;
  std::vector<core::Taker> takers() const;
  config::Settings settings_now(const Member& member, bool& keeps) const;
  void before_plan(const std::string& daemonset_name);
  void after_pass(const std::string& daemonset_name);

  http::Transport& transport_;
  Scheduler& scheduler_;
  const Informers informers_;
  SharedSurroundings surroundings_;
  std::optional<config::Settings> whole_;  // where they are not those of the one DaemonSet
  std::map<std::string, Member> members_;  // by the DaemonSet's name; at least one
  Leftovers leftovers_;
  std::function<void()> pass_listener_, surroundings_listener_;
  bool is_looking_ = false, is_started_ = false, is_stopping_ = false;
  std::size_t at_work_ = 0;  // that do not yet stop
  std::function<void()> shutdown_done_;
};

}  // namespace kip::controller
