// The images that workloads of the cluster use, as a source: a list and watch of each kind of
// workload, reduced to images as the objects come (src/discovery). Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/discovered_list.h"
#include "controller/image_source.h"
#include "discovery/found_images.h"
#include "discovery/gathering.h"
#include "discovery/workload_images.h"
#include "discovery/workload_store.h"
#include "http/transport.h"
#include "kube/outage.h"
#include "kube/reflector.h"
#include "loop/scheduler.h"

namespace kip::controller {

class Discovery : public ImageSource {
 public:
  Discovery(http::Transport& transport, Scheduler& scheduler, const config::Settings& settings,
            const SourcesFor& whom = {});

  void start(std::function<void()> on_change) override;
  // Once each kind was listed or is refused; at once where the same settings have left a list.
  bool is_known() const override { return is_known_; }
  std::vector<WantedImage> images() const override { return wanted_; }
  std::vector<std::string> troubles() const override;

 private:
  // One collection: a kind in a namespace, or in all.
  struct Followed {
    discovery::WorkloadKind kind;
    std::string namespace_name;  // empty: all
    std::unique_ptr<kube::Reflector> reflector;
    bool is_answered = false;  // listed, or refused
    bool is_blind = true;      // what it has now is not known
  };

  void add(const discovery::WorkloadKind& kind, const std::string& namespace_name);
  std::string field_selector(const std::string& namespace_name) const;
  void follow_next();
  void on_stored(std::optional<discovery::StoredImages> stored);
  void on_object(std::uint16_t number, const json& object);
  void on_error(std::uint16_t number, const http::Error& error);
  void tell_refused(const Followed& followed, const http::Error& error);
  void answered(std::uint16_t number);
  void look_at_sight();
  void changed(const discovery::WorkloadStore::Change& change, bool is_urgent);
  void wait();
  void tell();
  void publish();
  void log_left_out();
  std::string filters() const;

  http::Transport& transport_;
  Scheduler& scheduler_;
  const config::Discovery asked_;
  const SourcesFor whom_;
  const std::string daemonset_;                       // "namespace/name", for the log
  const std::vector<discovery::WorkloadKind> kinds_;  // that the administrator named
  DiscoveredList list_;
  std::function<void()> on_change_;
  std::vector<Followed> followed_;  // the order in which they begin
  std::size_t begun_ = 0;
  discovery::WorkloadStore store_;
  discovery::FoundImages found_;
  discovery::Gathering gathering_;
  std::vector<WantedImage> wanted_;
  std::vector<std::uint64_t> left_out_;  // hashes of their names, sorted
  std::size_t placements_too_many_ = 0;
  bool is_known_ = false, are_all_answered_ = false, forget_unseen_ = false;
  std::optional<WallTime> blind_since_;
  std::vector<std::string> told_kinds_;  // that are refused, or not there
  kube::Outage outage_{"cannot follow the workloads; trying again",
                       "following the workloads again"};
  HandlePtr next_, timer_;
};

}  // namespace kip::controller
