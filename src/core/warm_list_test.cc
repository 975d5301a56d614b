#include "core/warm_list.h"

#include <gtest/gtest.h>

#include "testing/settings.h"
#include "types/dns_name.h"

namespace kip::core {
namespace {

using testing::noon;
using testing::reference;

WarmList a_list() {
  return {"shop",
          noon(),
          {{reference("reg/a:1")},
           {reference("reg/b:1"), config::Placement{.node_selector = {{"pool", "a"}}}},
           {reference("reg/c:1"), config::Placement()}}};
}

TEST(WarmList, IsReadAsItIsWritten) {
  const json configmap = warm_list_configmap(a_list(), "images", "kip", OwnerReference{"d", "u"});
  EXPECT_EQ(*read_warm_list(configmap), a_list());
  EXPECT_EQ(string_at(array_at(configmap, "/metadata/ownerReferences").at(0), "/uid"), "u");
  EXPECT_EQ(until(configmap), noon());
}

TEST(WarmList, WithAnythingThatCannotBeReadIsNone) {
  const std::pair<const char*, json> changes[] = {
      {"/metadata/annotations", json::object()},
      {"/metadata/annotations", {{warm_list_until, "tomorrow"}}},
      {"/data", nullptr},
      {"/data", {{"images.json", "{}"}}},
      {"/data", {{"images.json", "[{\"image\": \"A:b:c\"}]"}}},
      {"/data", {{"images.json", "[{\"image\": \"a\", \"placement\": {\"x\": 1}}]"}}}};
  WarmList long_list = a_list();
  long_list.images.assign(1001, {reference("a")});
  EXPECT_FALSE(read_warm_list(warm_list_configmap(long_list, "images", "kip", std::nullopt)));
  WarmList large = a_list();
  for (int i = 0; i < 200; ++i)
    large.images[1].placement->tolerations.push_back(
        {{"key", "k" + std::to_string(i)}, {"value", "v"}});
  EXPECT_FALSE(read_warm_list(warm_list_configmap(large, "images", "kip", std::nullopt)));
  for (const auto& [path, value] : changes) {
    json configmap = warm_list_configmap(a_list(), "images", "kip", std::nullopt);
    configmap[json::json_pointer(path)] = value;
    EXPECT_FALSE(read_warm_list(configmap)) << value;
  }
}

TEST(WarmList, TheValueOfItsLabelIsOneHoweverLongTheNameOfTheDaemonSet) {
  EXPECT_EQ(of_daemonset("kip"), "kip");
  const std::string one = of_daemonset(std::string(200, 'a')),
                    two = of_daemonset(std::string(201, 'a'));
  EXPECT_NE(one, two);
  EXPECT_TRUE(types::check_label_value(one));
}

}  // namespace
}  // namespace kip::core
