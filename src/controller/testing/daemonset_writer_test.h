// A DaemonSetWriter with its store on fakes: the fixture of its tests.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/daemonset_writer.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {

class DaemonSetWriterTest : public ::testing::Test {
 protected:
  using Kind = core::Action::Kind;

  DaemonSetWriterTest() {
    scheduler.set_wall_start(testing::noon());
    all.start();
    scheduler.advance(std::chrono::milliseconds{100});
    api.requests.clear();
  }

  static json a_daemonset(const std::string& is) {
    return {{"apiVersion", "apps/v1"},
            {"kind", "DaemonSet"},
            {"metadata", {{"name", "d"}}},
            {"spec",
             {{"is", is},
              {"selector", {{"matchLabels", {{"app", "x"}}}}},
              {"template", json::object()}}}};
  }
  // One that is there, and known to the store.
  void put(const std::string& is = "old") {
    api.put(path, a_daemonset(is));
    scheduler.advance(std::chrono::milliseconds{100});
  }
  static core::Action to_create(const std::string& is = "new") {
    return {.kind = Kind::create, .object = a_daemonset(is)};
  }
  core::Action to_replace(const std::string& is = "new") const {
    core::Action action{.kind = Kind::replace, .object = store.object()};
    action.object["spec"]["is"] = is;
    action.uid = uid();
    return action;
  }
  core::Action to_remove(json next = nullptr) const {
    return {.kind = Kind::remove, .object = std::move(next), .uid = uid()};
  }
  std::string uid() const { return string_at(store.object(), "/metadata/uid"); }
  std::string is() const { return string_at(store.object(), "/spec/is"); }

  // Executes what `next` gives now, and again whenever it may be planned anew.
  void keep_executing(std::function<core::Action()> next) {
    on_done = [this, next] { writer.execute(next()); };
    on_done();
  }
  void execute(core::Action action) {
    EXPECT_TRUE(writer.execute(std::move(action)));
    scheduler.advance(std::chrono::milliseconds{10});
  }

  const std::string collection = "/apis/apps/v1/namespaces/images/daemonsets";
  const std::string path = collection + "/d";
  const std::string create = "POST " + collection, replace = "PUT " + path,
                    remove = "DELETE " + path, look = "GET " + path;
  const std::string review = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  std::vector<std::string> told;  // in order: "accepted", "changed" by the store, "done"
  std::function<void()> on_done;
  DaemonSets all{api, scheduler, {"images", "d"}};
  DaemonSetStore store{api, scheduler, all, "images", "d", [this] { told.push_back("changed"); }};
  DaemonSetWriter writer{api,
                         scheduler,
                         store,
                         "images",
                         "d",
                         {.on_accepted = [this] { told.push_back("accepted"); },
                          .on_done =
                              [this] {
                                told.push_back("done");
                                if (on_done) on_done();
                              }}};
};

}  // namespace kip::controller
