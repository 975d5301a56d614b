// Leaves a temporary list for the service of a puller, and takes away those that have expired.
// Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/warm_list.h"
#include "kube/client.h"
#include "loop/scheduler.h"

namespace kip::cli {

class WarmListWriter {
 public:
  using Done = std::function<void(const std::optional<http::Error>&)>;

  // Of the puller with this DAEMONSET_NAME in this namespace.
  WarmListWriter(kube::Client client, Scheduler& scheduler, std::string namespace_name,
                 std::string daemonset_name);

  // Creates the list, or replaces the one of its name.
  void write(const core::WarmList& list, const std::optional<core::OwnerReference>& owner,
             Done done);
  // Takes away what write() left, unless somebody else has written it since, with `done` in any
  // case.
  void take_back(std::function<void()> done);
  // Takes the expired ones away. What may not be done is left: another run, or the owner's end,
  // does it.
  void clean_up(std::function<void()> done);

 private:
  void try_to_write();
  void on_found(const kube::Answer& answer);
  void on_written(const kube::Answer& answer);
  void remove_next();

  const kube::Client client_;
  Scheduler& scheduler_;
  const std::string namespace_name_, daemonset_name_;
  json object_;
  Done done_;
  int tries_ = 0;
  std::string written_;  // its resourceVersion
  json expired_ = json::array();
  std::function<void()> cleaned_;
  HandlePtr request_, next_;
};

}  // namespace kip::cli
