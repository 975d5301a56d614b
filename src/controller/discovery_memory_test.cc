// What discovery takes of a service's memory in a large cluster: lists of 20,000 Deployments and
// 50,000 pods, page by page, as a server gives them.
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <malloc.h>

#include "controller/discovery.h"
#include "testing/fake_scheduler.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;

constexpr int all_deployments = 20'000, all_pods = 50'000;

// Bytes of this process that are in memory, or the most that were.
std::size_t memory(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(which + ":")) return std::stoul(line.substr(which.size() + 1)) * 1024;
  return 0;
}
void forget_the_most() { std::ofstream("/proc/self/clear_refs") << 5; }

// About 1.6 KiB, half of it bookkeeping, as of a small object of Kubernetes.
std::string object(const std::string& kind, int number, int all_images) {
  const std::string image = "registry.example.com/team-" + std::to_string(number % 100) +
                            "/service-" + std::to_string(number % all_images) + ":v1.2.3";
  const std::string spec = R"({"containers":[{"name":"app","image":")" + image +
                           R"(","resources":{"limits":{"cpu":"1","memory":"1Gi"}},"env":[)"
                           R"({"name":"A","value":"b"}],"ports":[{"containerPort":8080}]}]})";
  std::string fields;
  for (int i = 0; i < 10; ++i)
    fields += R"("f:field-)" + std::to_string(i) + R"(":{"f:inner":{},"f:other":{".":{}}},)";
  return R"({"metadata":{"namespace":"team-)" + std::to_string(number % 100) + R"(","name":")" +
         kind + "-" + std::to_string(number) + R"(","uid":"u)" + std::to_string(number) +
         R"(","managedFields":[{"manager":"m","fieldsV1":{)" + fields +
         R"("f:last":{}}}]},"spec":)" +
         (kind == "pod" ? spec
                        : R"({"replicas":1,"template":{"metadata":{"labels":{"app":"a"}},"spec":)" +
                              spec + "}}") +
         R"(,"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True"}]}})";
}

class LargeCluster : public http::Transport {
 public:
  // Of so many images, which all have about as many objects.
  LargeCluster(Scheduler& scheduler, int images) : scheduler_(scheduler), images_(images) {}

  [[nodiscard]] HandlePtr send(http::Request request,
                               std::function<void(http::Answer)> done) override {
    return scheduler_.after(1ms, [this, path = request.path, done = std::move(done)] {
      done(http::Response{.status = path.find("?") == std::string::npos ? 404 : 200,
                          .body = page(path)});
    });
  }
  [[nodiscard]] HandlePtr stream(http::Request, std::function<void(std::string_view)>,
                                 std::function<void(http::Answer)>) override {
    return scheduler_.after(1000h, [] {});
  }

 private:
  static int number(const std::string& path, const std::string& key) {
    const auto at = path.find(key);
    return at == std::string::npos ? 0 : std::stoi(path.substr(at + key.size()));
  }
  std::string page(const std::string& path) const {
    const bool are_pods = path.starts_with("/api/v1/pods");
    const int all = are_pods                                        ? all_pods
                    : path.starts_with("/apis/apps/v1/deployments") ? all_deployments
                                                                    : 0;
    const int begin = number(path, "continue="), limit = number(path, "limit=");
    const int end = std::min(all, begin + limit);
    std::string items;
    for (int i = begin; i < end; ++i)
      items += (i > begin ? "," : "") + object(are_pods ? "pod" : "deployment", i, images_);
    return R"({"metadata":{"resourceVersion":"7","continue":")" +
           (end < all ? std::to_string(end) : "") + R"("},"items":[)" + items + "]}";
  }

  Scheduler& scheduler_;
  const int images_;
};

// Bytes beyond what the process had: at most, and in the end.
struct Taken {
  std::size_t most = 0, after = 0;
};

Taken taken_with(int images) {
  mallopt(M_ARENA_MAX, 1);  // as the service
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  testing::FakeScheduler scheduler;
  LargeCluster cluster(scheduler, images);
  const auto reading = config::read_settings(
      {{"DISCOVER_NAMESPACES", "*"}, {"DEPLOYMENT_NAME", "kip"}, {"CACHE_MODE", "pin"}}, "images");
  malloc_trim(0);
  forget_the_most();
  const std::size_t before = memory("VmRSS");
  Discovery discovery(cluster, scheduler, *reading.settings);
  discovery.start([] {});
  scheduler.advance(3h);  // it tells several times
  EXPECT_TRUE(discovery.is_known());
  EXPECT_EQ(discovery.images().size(), reading.settings->discovery.max_images);
  const std::size_t most = memory("VmHWM") - before;
  malloc_trim(0);
  const Taken taken{most, memory("VmRSS") - before};
  ::testing::Test::RecordProperty("most_kib", static_cast<int>(taken.most / 1024));
  ::testing::Test::RecordProperty("after_kib", static_cast<int>(taken.after / 1024));
  return taken;
}

TEST(DiscoveryMemory, IsSomeMiBInALargeCluster) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's allocator keeps what is freed";
#endif
  // With the 6 MiB that the service has without it, this is 20 MiB.
  EXPECT_LT(taken_with(2'000).most, std::size_t{14} << 20);
}

// The worst that there is: no two workloads have an image in common.
TEST(DiscoveryMemory, IsNotMuchMoreWithAnImageForEachWorkload) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's allocator keeps what is freed";
#endif
  EXPECT_LT(taken_with(all_deployments).most, std::size_t{16} << 20);
}

}  // namespace
}  // namespace kip::controller
