#include "cri/layers.h"

#include <gtest/gtest.h>

namespace kip::cri {
namespace {

struct Ingest {
  const char* ref;
  std::int64_t offset, total;
};

content::ListStatusesResponse statuses(std::initializer_list<Ingest> all) {
  content::ListStatusesResponse response;
  for (const auto& each : all) {
    auto& status = *response.add_statuses();
    status.set_ref(each.ref);
    status.set_offset(each.offset);
    status.set_total(each.total);
  }
  return response;
}

leases::ListResourcesResponse holds(std::initializer_list<const char*> refs) {
  leases::ListResourcesResponse response;
  for (const char* each : refs) {
    auto& resource = *response.add_resources();
    resource.set_id(each);
    resource.set_type("ingests");
  }
  return response;
}

using runtime::Progress;

TEST(Layers, ALayerCountsForThePullWhoseLeaseHoldsIt) {
  Layers layers;
  layers.begin("a");
  layers.begin("b");
  EXPECT_TRUE(layers.update(statuses(
      {{"layer-sha256:1", 10, 100}, {"layer-sha256:2", 5, 50}, {"manifest-sha256:3", 1, 1}})));
  layers.claim("a", holds({"layer-sha256:1"}));
  layers.claim("b", holds({"layer-sha256:2", "layer-sha256:1"}));
  EXPECT_EQ(layers.of("a"), (Progress{10, 100}));
  EXPECT_EQ(layers.of("b"), (Progress{5, 50}));
}

TEST(Layers, ALayerThatIsListedNoMoreIsThere) {
  Layers layers;
  layers.begin("a");
  layers.update(statuses({{"layer-sha256:1", 10, 100}}));
  layers.claim("a", holds({"layer-sha256:1"}));
  EXPECT_FALSE(layers.update(statuses({})));
  EXPECT_EQ(layers.of("a"), (Progress{100, 100}));
  EXPECT_FALSE(layers.update(statuses({{"layer-sha256:1", 20, 100}})));  // it began anew
  EXPECT_EQ(layers.of("a"), (Progress{20, 100}));
}

TEST(Layers, WhatOthersPullIsAskedForRarely) {
  Layers layers;
  layers.begin("a");
  int asked = 0;
  for (int i = 0; i < 40; ++i)
    if (layers.update(statuses({{"layer-sha256:9", i, 100}}))) {
      ++asked;
      layers.claim("a", holds({}));
    }
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(layers.of("a"), Progress{});
}

TEST(Layers, WhatAPullLeftCountsForTheNextThatHoldsIt) {
  Layers layers;
  layers.begin("a");
  layers.begin("b");
  layers.update(statuses({{"layer-sha256:1", 10, 100}}));
  layers.claim("a", holds({"layer-sha256:1"}));
  layers.end("a");
  EXPECT_EQ(layers.of("a"), Progress{});
  EXPECT_TRUE(layers.update(statuses({{"layer-sha256:1", 20, 100}})));
  layers.claim("b", holds({"layer-sha256:1"}));
  EXPECT_EQ(layers.of("b"), (Progress{20, 100}));
}

TEST(Layers, NumbersOutsideOfReasonAreMadeGood) {
  Layers layers;
  layers.begin("a");
  layers.update(statuses({{"layer-sha256:1", -1, 100}, {"layer-sha256:2", 300, 200}}));
  layers.claim("a", holds({"layer-sha256:1", "layer-sha256:2"}));
  EXPECT_EQ(layers.of("a"), (Progress{200, 300}));
}

}  // namespace
}  // namespace kip::cri
