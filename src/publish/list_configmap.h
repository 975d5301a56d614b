// The list of images as a ConfigMap that agents mount: key images.txt, one image a line. Written
// when it says something new, and made anew when somebody took it away. Belongs to the loop.
#pragma once

#include <string>
#include <vector>

#include "kube/configmap_text.h"
#include "loop/scheduler.h"

namespace kip::publish {

class ListConfigMap {
 public:
  // It belongs to the Deployment, so that it goes with that; "": it stays.
  ListConfigMap(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
                const std::string& name, const std::string& deployment_name);

  // Images past what a ConfigMap holds are left out, and told: the most wanted come first. What is
  // stored is sorted, as replicas that find the same images in other orders write the same text.
  void set_list(const std::vector<std::string>& images);
  // What was set last is stored.
  bool is_written() const { return text_.is_written(); }

 private:
  void refused(const http::Error& error);
  void look_later();

  Scheduler& scheduler_;
  kube::ConfigMapText text_;
  bool told_refused_ = false, told_too_large_ = false;
  HandlePtr timer_;
};

}  // namespace kip::publish
