// A Reconciler with its Deployment on fakes: the fixture of its tests.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "controller/deployment_surroundings.h"
#include "controller/reconciler.h"
#include "core/names.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {

inline const std::string collection = "/apis/apps/v1/namespaces/images/daemonsets";
inline const std::string daemonset = collection + "/kubernetes-image-puller";
inline const std::string deployment = "/apis/apps/v1/namespaces/images/deployments/kip";
inline const std::string pods = "/api/v1/namespaces/images/pods";
inline const std::string create = "POST " + collection;
inline const std::string replace = "PUT " + daemonset;
inline const std::string remove_it = "DELETE " + daemonset;

inline const std::string review = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
inline const std::string denied_by_rbac =
    "daemonsets.apps \"kubernetes-image-puller\" is forbidden: User "
    "\"system:serviceaccount:images:kip\" cannot update resource \"daemonsets\" in API group "
    "\"apps\" in the namespace \"images\"";

inline json a_deployment(int replicas = 1) {
  return {
      {"metadata", {{"name", "kip"}, {"uid", "d1"}}},
      {"spec",
       {{"replicas", replicas},
        {"template",
         {{"spec", {{"containers", json::array({{{"name", "kip"}, {"image", "reg/kip:1"}}})}}}}}}}};
}

class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() {
    scheduler.set_wall_start(testing::noon());
    settings.deployment_name = "kip";
    settings.kip_image = testing::reference("reg/kip:1");
    api.put(deployment, a_deployment());
  }
  void begin() {
    reconciler.reset();
    const Scope scope{settings.namespace_name, settings.daemonset_name};
    informers = std::make_unique<std::pair<DaemonSets, PodInformer>>(
        std::piecewise_construct, std::forward_as_tuple(api, scheduler, scope),
        std::forward_as_tuple(api, scheduler, scope));
    reconciler = std::make_unique<Reconciler>(
        api, scheduler, Informers{informers->first, informers->second}, settings,
        std::make_unique<DeploymentSurroundings>(api, scheduler, settings.namespace_name,
                                                 settings.deployment_name));
    informers->first.start();
    reconciler->start();
  }
  void start() {
    begin();
    scheduler.advance(Duration{50});
  }
  // As the process ends: what follows the cluster goes with it.
  void kill() {
    reconciler.reset();
    informers.reset();
  }
  bool is_there() const { return api.find(daemonset) != nullptr; }
  std::string image() const {
    return array_at(*api.find(daemonset), "/spec/template/spec/containers").at(0).at("image");
  }
  bool stop(Duration within = Duration{100}) {
    reconciler->shut_down([this] { ended = true; });
    scheduler.advance(within);
    return ended;
  }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  config::Settings settings = testing::some_settings();
  bool ended = false;
  std::unique_ptr<std::pair<DaemonSets, PodInformer>> informers;
  std::unique_ptr<Reconciler> reconciler;
};

}  // namespace kip::controller
