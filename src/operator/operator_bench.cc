// Prints what the operator costs in clusters that are too large to have at hand, as a JSON object
// of numbers. The API server is the fake one, and its work is measured with the operator's; so the
// figures are an upper bound. No test: hack/bench runs it, and knows the limits.
//
//   operator_bench
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include <malloc.h>

#include "base/log.h"
#include "operator/custom_resource.h"
#include "operator/operator.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::operators {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;
using testing::status;

const std::string space = "/namespaces/images/";
const std::string resources = "/apis/che.eclipse.org/v1alpha1" + space + "kubernetesimagepullers/";
const std::string daemonsets = "/apis/apps/v1" + space + "daemonsets/";
const std::string pods = "/api/v1" + space + "pods/";

// An operator of one namespace, at work.
struct Bench {
  Bench() {
    scheduler.set_wall_start(testing::noon());
    op.start();
    scheduler.advance(1s);
  }
  void put_resource(const std::string& name, json spec) {
    spec["daemonsetName"] = name;
    api.put(resources + name, {{"apiVersion", group_version},
                               {"kind", kind},
                               {"metadata", {{"namespace", "images"}, {"generation", 1}}},
                               {"spec", std::move(spec)}});
    scheduler.advance(5s);
  }
  // Every watch starts anew from a list, which then finds what was put quietly.
  void list_again() {
    api.end_watches(status(410));
    scheduler.advance(10s);
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  Operator op{api, api, scheduler, {{"images"}, "ops", "bench", "registry.test/kip:1"}};
};

json pod_of(const std::string& daemonset, const std::string& uid, int node, int images,
            bool ready) {
  const std::string number = std::to_string(100'000 + node);
  json statuses = json::array();
  for (int i = 0; i < images; ++i)
    statuses.push_back({{"name", "image-" + std::to_string(i)},
                        {"imageID", "registry.test/image-" + std::to_string(i) + "@sha256:" +
                                        std::string(64, static_cast<char>('a' + i % 6))}});
  return {
      {"metadata",
       {{"uid", "5f992a75-0490-4133-a739-" + daemonset + number},
        {"namespace", "images"},
        {"labels", {{"app.kubernetes.io/name", "image-puller"}, {"test", "daemonset-test"}}},
        {"ownerReferences",
         json::array({{{"kind", "DaemonSet"}, {"name", daemonset}, {"uid", uid}}})}}},
      {"spec", {{"nodeName", "ip-10-0-" + number + ".compute.internal"}}},
      {"status",
       {{"conditions", json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}}})},
        {"containerStatuses", statuses}}}};
}

// Milliseconds of CPU for each change of a pod in a roll-out, of which 50 come in a second.
double pod_event(int nodes, int images) {
  Bench bench;
  json list = json::array();
  for (int i = 0; i < images; ++i)
    list.push_back({{"name", "image-" + std::to_string(i)},
                    {"image", "registry.test/image-" + std::to_string(i) + ":1"}});
  bench.put_resource("tools", {{"imageList", list}});
  json daemonset = *bench.api.find(daemonsets + "tools");
  const std::string uid = string_at(daemonset, "/metadata/uid");
  daemonset["metadata"]["generation"] = 1;
  daemonset["status"] = {{"observedGeneration", 1},
                         {"desiredNumberScheduled", nodes},
                         {"updatedNumberScheduled", nodes},
                         {"numberReady", nodes}};
  bench.api.put(daemonsets + "tools", daemonset);
  const auto path = [](int node) { return pods + "tools-" + std::to_string(node); };
  for (int n = 0; n < nodes; ++n)
    bench.api.put_quietly(path(n), pod_of("tools", uid, n, images, true));
  bench.list_again();

  constexpr int events = 100;
  const auto begin = std::clock();
  for (int n = 0; n < events; ++n) {
    bench.api.put(path(n), pod_of("tools", uid, n, images, false));
    bench.scheduler.advance(20ms);
  }
  return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / events;
}

std::size_t heap() {
  malloc_trim(0);
  return mallinfo2().uordblks;
}

// Bytes that the operator takes for the pods of many resources of one namespace.
std::size_t pods_of_many(int resources_count, int nodes) {
  Bench bench;
  const auto name = [](int number) { return "list-" + std::to_string(number); };
  for (int r = 0; r < resources_count; ++r)
    bench.put_resource(name(r), {{"images", "image-0=registry.test/image-0:1"}});
  for (int r = 0; r < resources_count; ++r) {
    const std::string uid = string_at(*bench.api.find(daemonsets + name(r)), "/metadata/uid");
    for (int n = 0; n < nodes; ++n)
      bench.api.put_quietly(pods + name(r) + "-" + std::to_string(n),
                            pod_of(name(r), uid, n, 1, true));
  }
  const std::size_t before = heap();
  bench.list_again();
  return heap() - before;
}

}  // namespace
}  // namespace kip::operators

int main() {
  kip::log::set_level(kip::log::Level::error);
  std::printf("{\"pod_event_ms\": %.3f, ", kip::operators::pod_event(5000, 20));
  std::printf("\"pods_bytes\": %zu}\n", kip::operators::pods_of_many(20, 500));
}
