#include "advise/pull_event.h"

#include <gtest/gtest.h>

namespace kip::advise {
namespace {

using namespace std::chrono_literals;
using Kind = PullEvent::Kind;

// As kubelet 1.34.4 and kube-apiserver 1.34.4 have it, without managedFields.
json event(const std::string& message, const std::string& reason = "Pulled") {
  json found = json::parse(R"({
    "kind": "Event", "apiVersion": "v1",
    "metadata": {"name": "web-1.18ece83a40b34232", "namespace": "shop",
                 "creationTimestamp": "2026-11-30T19:08:08Z"},
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-1",
                       "uid": "7bdbd1d3-c462-4f0d-b54d-d273db00a2d1", "apiVersion": "v1",
                       "resourceVersion": "348", "fieldPath": "spec.containers{web}"},
    "source": {"component": "kubelet", "host": "node2"},
    "firstTimestamp": "2026-11-30T19:08:08Z", "lastTimestamp": "2026-11-30T19:08:09Z",
    "count": 1, "type": "Normal", "eventTime": null, "reportingComponent": "kubelet",
    "reportingInstance": "node2"})");
  found["message"] = message;
  found["reason"] = reason;
  return found;
}

const WallTime at = *from_rfc3339("2026-11-30T19:08:08Z");

PullEvent web(Kind kind, const std::string& image) {
  return {.kind = kind,
          .image = image,
          .namespace_name = "shop",
          .pod = "web-1",
          .pod_uid = "7bdbd1d3-c462-4f0d-b54d-d273db00a2d1",
          .container = "spec.containers{web}",
          .node = "node2",
          .first = at,
          .last = at + 1s};
}

TEST(PullEvent, IsOfAnImageThatTheNodeHad) {
  for (const char* end : {"", " and can be accessed by the pod"})
    EXPECT_EQ(pull_event_of(event("Container image \"10.88.0.1:5000/e2e/evt1:1\" already present "
                                  "on machine" +
                                  std::string(end))),
              web(Kind::present, "10.88.0.1:5000/e2e/evt1:1"));
}

TEST(PullEvent, HasTimesAndSizeOfAPull) {
  PullEvent expected = web(Kind::pulled, "10.88.0.1:5000/e2e/evt1:1");
  expected.pulling = 163ms;
  expected.waiting = 291ms;
  expected.bytes = 3001816;
  EXPECT_EQ(pull_event_of(event("Successfully pulled image \"10.88.0.1:5000/e2e/evt1:1\" in 163ms "
                                "(291ms including waiting). Image size: 3001816 bytes.")),
            expected);
  expected.pulling = 62500ms;
  expected.waiting = 1h + 2ms;
  expected.bytes = 0;
  EXPECT_EQ(pull_event_of(event("Successfully pulled image \"10.88.0.1:5000/e2e/evt1:1\" in 1m2.5s "
                                "(1h0m0.002s including waiting)")),
            expected)
      << "before Kubernetes 1.30";
  expected.pulling = expected.waiting = 1234ms;
  EXPECT_EQ(pull_event_of(
                event("Successfully pulled image \"10.88.0.1:5000/e2e/evt1:1\" in 1.234567891s")),
            expected)
      << "before 1.27";
}

TEST(PullEvent, IsOfAPullThatFailed) {
  EXPECT_EQ(
      pull_event_of(event("Failed to pull image \"r.test/nope:1\": rpc error: code = NotFound "
                          "desc = failed to pull and unpack image \"r.test/nope:1\"",
                          "Failed")),
      web(Kind::failed, "r.test/nope:1"));
  for (const char* other : {"Error: ErrImagePull", "Error: ImagePullBackOff",
                            "Error: failed to create containerd task: \"r.test/nope:1\""})
    EXPECT_FALSE(pull_event_of(event(other, "Failed"))) << other;
}

TEST(PullEvent, OfAnImageVolumeNamesNoContainer) {
  json found = event("Container image \"r.test/model:1\" already present on machine");
  found["involvedObject"].erase("fieldPath");
  found["count"] = 5;
  PullEvent expected = web(Kind::present, "r.test/model:1");
  expected.container = "";
  expected.count = 5;
  EXPECT_EQ(pull_event_of(found), expected);
}

TEST(PullEvent, ThatWasJoinedWithOthersTellsOfTheLast) {
  json found = event(
      "(combined from similar events): Container image \"r.test/x:1\" already "
      "present on machine");
  found["count"] = 4;
  PullEvent expected = web(Kind::present, "r.test/x:1");
  expected.untold = 3;
  expected.first = expected.last;
  EXPECT_EQ(pull_event_of(found), expected);
}

TEST(PullEvent, OfEventsK8sIoIsTaken) {
  json found = event("Container image \"r.test/x:1\" already present on machine");
  for (const char* gone : {"source", "firstTimestamp", "lastTimestamp", "count"}) found.erase(gone);
  found["eventTime"] = "2026-11-30T19:08:08.969892Z";
  PullEvent expected = web(Kind::present, "r.test/x:1");
  expected.last = at;
  EXPECT_EQ(pull_event_of(found), expected);
  found["series"] = {{"count", 7}, {"lastObservedTime", "2026-11-30T19:08:28.100000Z"}};
  expected.count = 7;
  expected.last = at + 20s;
  EXPECT_EQ(pull_event_of(found), expected);
}

TEST(PullEvent, IsNotWhatOthersSay) {
  const std::string message = "Container image \"r.test/x:1\" already present on machine";
  json found = event(message);
  found["source"]["component"] = found["reportingComponent"] = "somebody";
  EXPECT_FALSE(pull_event_of(found));
  found = event(message);
  found["involvedObject"]["kind"] = "Node";
  EXPECT_FALSE(pull_event_of(found));
  for (const char* time : {"firstTimestamp", "eventTime"}) found.erase(time);
  found = event(message);
  found["metadata"].erase("creationTimestamp");
  found.erase("firstTimestamp");
  EXPECT_FALSE(pull_event_of(found)) << "at no time";
}

TEST(PullEvent, OfAnyShapeIsTaken) {
  for (const char* text : {"null", "[]", "7", "{}", R"({"involvedObject": 7})"})
    EXPECT_FALSE(pull_event_of(json::parse(text))) << text;
  for (const char* message :
       {"", "Container image", "Container image \"", "Container image \"\" already present",
        "Container image \"x", "Container image \"a\\\"b\" already present on machine",
        "Container image \"x\" is not present with pull policy of Never",
        "Successfully pulled image \"x\"", "Successfully pulled image \"x\" in ages",
        "Successfully pulled image \"x\" in -1s", "Successfully pulled image \"x\" in 1s (2s",
        "Successfully pulled image \"x\" in 1s (ages including waiting)",
        "(combined from similar events): ", "Failed to pull image x"})
    EXPECT_FALSE(pull_event_of(event(message))) << message;
}

}  // namespace
}  // namespace kip::advise
