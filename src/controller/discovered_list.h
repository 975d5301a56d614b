// The list of discovered images over restarts: a ConfigMap beside the DaemonSet, which the
// Deployment or the custom resource owns. It is read once, and written when it says something new.
// Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "controller/image_source.h"
#include "discovery/found_images.h"
#include "kube/configmap_text.h"
#include "loop/scheduler.h"

namespace kip::controller {

class DiscoveredList {
 public:
  // `deployment_name` may be empty: then nobody owns it.
  DiscoveredList(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
                 const std::string& daemonset_name, const std::string& deployment_name,
                 const SourcesFor& whom);

  // Asks until it is answered; `done` gets nothing where there is no list that can be read.
  void read(std::function<void(std::optional<discovery::StoredImages>)> done);
  // Only after it was read. What is being written when this comes is followed by it.
  void write(const json& list) { text_.write(to_text(list)); }

  static std::string name(const std::string& daemonset_name);

 private:
  void refused(const http::Error& error);
  void anothers();

  const SourcesFor whom_;
  kube::ConfigMapText text_;
  bool told_refused_ = false, told_anothers_ = false;
};

}  // namespace kip::controller
