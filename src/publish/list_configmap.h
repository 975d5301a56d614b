// The list of images as a ConfigMap that agents mount: key images.txt, one image a line. Written
// when it says something new, and made anew when somebody took it away. Belongs to the loop.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::publish {

class ListConfigMap {
 public:
  // It belongs to the Deployment, so that it goes with that; "": it stays.
  ListConfigMap(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
                const std::string& name, const std::string& deployment_name);

  // Images past what a ConfigMap holds are left out, and told: the most wanted come first.
  void set_list(const std::vector<std::string>& images);
  // What was set last is stored.
  bool is_written() const { return is_there_ && stored_ == wanted_; }

 private:
  void look();
  void put(const json& owners);
  void find_owner();
  json body(const json& owners) const;
  void written(const kube::Answer& answer);
  void refused(const http::Error& error);
  void look_later();

  const kube::Client client_;
  Scheduler& scheduler_;
  const kube::ObjectReference at_, deployment_at_;
  kube::Poll poll_;
  json object_;  // as it is stored; null: it is not there
  std::string wanted_, stored_;
  bool is_there_ = false, told_refused_ = false, told_too_large_ = false;
  HandlePtr timer_;
};

}  // namespace kip::publish
