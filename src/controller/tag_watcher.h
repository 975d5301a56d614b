// Knows which digests the tags of one DaemonSet's images have, by asking their registries once in
// an interval: one request for each image, one at a time for each registry. Belongs to the loop.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "config/settings.h"
#include "controller/known_tags.h"
#include "controller/pull_secrets.h"
#include "core/refresh.h"
#include "kube/client.h"
#include "loop/scheduler.h"
#include "registry/resolver.h"

namespace kip::controller {

class TagWatcher {
 public:
  // `on_change` is called when something was learned: of a whole round at once, so that what has
  // moved together is changed together. `registries` outlives this.
  TagWatcher(kube::Client client, Scheduler& scheduler, registry::Resolver& registries,
             const config::Settings& settings, std::function<void()> on_change);

  // Begins soon. Call once.
  void start();
  // A registry with images that are new is asked soon, and all with other secrets or another way to
  // reach them.
  void update(const config::Settings& settings);
  // Nodes have different digests of this tag: it may have moved a moment ago. Its registry is asked
  // sooner, once in an interval, as a registry may tell now this, now that.
  void nodes_disagree(const types::ImageReference& image);

  const core::Tags& tags() const { return tags_.told(); }

 private:
  // One registry: asked for its images one after another, then left until it is due.
  struct Registry {
    std::deque<types::ImageReference> left;  // of this round
    std::string first;  // the image that the next round begins with; empty: as in the settings
    int silent = 0;     // images in a row, in this round, for which nobody answered
    HandlePtr call;
    bool is_asked = false;
    bool again = false;    // soon after this round: the settings have changed since it began
    bool is_whole = true;  // this round is for all its images, not for new ones alone
    SteadyTime begun{}, due{};
    std::optional<SteadyTime> rest_due;  // of those that are not new, where `due` is for these
    std::optional<SteadyTime> hurried;   // asked sooner, as nodes disagreed
    bool has_failed = false;             // in this round
    int failures = 0;                    // rounds in a row
    SteadyTime not_before{};             // of a registry that wants us to wait
  };

  void begin_rounds();
  void ask(const registry::Keyring* keyring);
  void ask_next(const std::string& domain);
  void on_answer(const std::string& domain, const types::ImageReference& image,
                 const Result<registry::Resolved, registry::Failure>& answer);
  void put(const types::ImageReference& image, core::TagState::Kind kind, std::string digest,
           std::string trouble);
  void end_round(const std::string& domain);
  void publish();
  void publish_later();
  void set_timer();
  Duration with_jitter(Duration time);
  bool has_unasked(const std::string& domain) const;
  bool has_images(const std::string& domain) const;

  Scheduler& scheduler_;
  registry::Resolver& registries_;
  const std::function<void()> on_change_;
  std::vector<types::ImageReference> images_;  // with a tag, each once
  std::vector<std::string> secrets_, insecure_registries_;
  std::string ca_file_;
  Duration interval_;

  PullSecrets pull_secrets_;
  registry::Keyring keyring_;                // while a round is under way
  std::map<std::string, Registry> domains_;  // by the reference's domain
  KnownTags tags_;
  bool is_started_ = false;
  HandlePtr timer_, later_;
};

}  // namespace kip::controller
