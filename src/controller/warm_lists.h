// The temporary lists of `kubernetes-image-puller warm` (core/warm_list.h), followed by their
// label: they count until they expire or go. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/image_source.h"
#include "core/warm_list.h"
#include "http/transport.h"
#include "kube/informer.h"
#include "kube/outage.h"
#include "loop/scheduler.h"

namespace kip::controller {

class WarmLists : public ImageSource {
 public:
  WarmLists(http::Transport& transport, Scheduler& scheduler, const std::string& namespace_name,
            const std::string& daemonset_name, const SourcesFor& whom = {});

  void start(std::function<void()> on_change) override;
  // Also where the Role does not allow it: there are none then.
  bool is_known() const override { return informer_.is_synced() || informer_.is_refused(); }
  std::vector<WantedImage> images() const override;
  std::vector<std::string> troubles() const override;

 private:
  void put(const json& configmap);
  void gone(const std::string& key);
  void on_error(const http::Error& error);
  void watch_expiry();

  Scheduler& scheduler_;
  const SourcesFor whom_;
  std::function<void()> on_change_;
  std::map<std::string, core::WarmList> lists_;  // by object::key
  bool told_refused_ = false, is_refused_ = false;
  kube::Outage outage_{"cannot follow the temporary lists; trying again",
                       "following the temporary lists again"};
  HandlePtr expiry_;
  kube::Informer informer_;
};

}  // namespace kip::controller
