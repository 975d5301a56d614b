// An Informer of pods on fakes, and what it told: the fixture of its tests.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/informer.h"
#include "testing/fake_api.h"

namespace kip::kube {

inline const std::string collection = "/api/v1/namespaces/images/pods";
inline const std::string list = "GET " + collection;
inline const std::string watch = "WATCH " + collection;

inline json a_pod(const std::string& name) {
  return {{"metadata", {{"name", name}, {"namespace", "images"}, {"uid", "uid-of-" + name}}}};
}

class InformerTest : public ::testing::Test {
 protected:
  InformerTest() { begin({.collection = {pods, "images"}}); }

  void begin(Informer::Options options) {
    informer.emplace(
        api, scheduler, std::move(options),
        Informer::Sink{
            .on_object =
                [this](const json& object) { seen.push_back(string_at(object, "/metadata/name")); },
            .on_gone = [this](const std::string& key,
                              const std::string& uid) { gone.push_back(key + " " + uid); },
            .on_synced = [this] { ++synced; },
            .on_error = [this](const http::Error& error) { errors.push_back(error.message); }});
  }
  void start() {
    informer->start();
    scheduler.advance(std::chrono::milliseconds{100});
  }
  void put(const std::string& name) { api.put(collection + "/" + name, a_pod(name)); }
  std::string version_of(const std::string& name) const {
    return string_at(*api.find(collection + "/" + name), "/metadata/resourceVersion");
  }
  void send_event(const std::string& type, const json& object) {
    api.send_line(collection, to_text({{"type", type}, {"object", object}}));
  }
  // The server ends the watches in good order.
  void end_watches() { api.end_watches(http::Response{200, ""}); }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  std::vector<std::string> seen, gone, errors;
  int synced = 0;
  std::optional<Informer> informer;
};

}  // namespace kip::kube
