// What archives may take: the disk, and the limit that is set.
#include "archive/testing/pass_fixture.h"

namespace kip::archive {
namespace {

class Space : public PassTest {
 protected:
  // Of all that is in the folder.
  std::uint64_t on_disk() const {
    std::uint64_t sum = 0;
    for (const auto& each : fs::recursive_directory_iterator(path_))
      if (each.is_regular_file() && !each.is_symlink()) sum += each.file_size();
    return sum;
  }
};

TEST_F(Space, WhatWouldPassTheLimitIsNotBegun) {
  server_.add_image("u/a", "1", {{noise(100000, 1)}});
  server_.add_image("u/b", "1", {{noise(100000, 2)}});
  options_.settings.disk_limit = 250000;
  options_.limits.parallelism = 1;
  const auto results = check(std::vector<std::string>{"u/a:1", "u/b:1"});
  EXPECT_EQ(results[0].outcome, Outcome::downloaded);
  EXPECT_EQ(results[1].failure->kind, Kind::no_space);
  EXPECT_THAT(results[1].failure->message, HasSubstr("the limit is 250000"));
  EXPECT_EQ(server_.count("GET /v2/u/b/blobs/"), 0U) << "before the first byte";
  EXPECT_THAT(files(), ElementsAre("u/a_1.tar"));
}

TEST_F(Space, WhatALayerOfZstdUnpacksToCountsAndIsNotFetchedAgainInVain) {
  try_once();
  server_.add_image("u/a", "1", {much_in_little(32)});
  options_.settings.disk_limit = 1 << 20;
  for (int i = 0; i < 2; ++i) {
    const auto result = check("u/a:1");
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->kind, Kind::no_space);
    EXPECT_THAT(result.failure->message, HasSubstr("the limit is 1048576"));
    EXPECT_THAT(files(), IsEmpty());
  }
  EXPECT_EQ(server_.count("GET /v2/u/a/blobs/" + digest_of(much_in_little(32).bytes)), 1U);
  options_.settings.disk_limit = 5 << 20;
  EXPECT_EQ(check("u/a:1").outcome, Outcome::downloaded);
  EXPECT_TRUE(is_whole(at("u/a_1.tar")));
}

TEST_F(Space, WhatAFailedImageLeftCountsAndGoesWhereItsRoomIsNeeded) {
  try_once();
  server_.add_image("u/big", "1", {{noise(600000, 1)}});
  server_.add_image("u/small", "1", {{noise(300000, 2)}});
  std::uint64_t before_small = 0;
  server_.trouble = [&](Peer& peer, const Request& request, const std::string& body) {
    if (body.size() == 300000) before_small = on_disk();
    if (request.kind != Request::Kind::blob || body.size() != 600000) return false;
    if (ImageServer::first_byte(request) > 0) {
      peer.answer(500, "");
      return true;
    }
    peer.write("HTTP/1.1 200 X\r\nContent-Length: 600000\r\n\r\n" + body.substr(0, 500000));
    peer.end(false);
    return true;
  };
  options_.settings.disk_limit = 800000;
  EXPECT_TRUE(check("u/big:1").failure);
  ASSERT_GT(on_disk(), 400000U) << "a part of it";
  options_.limits.parallelism = 1;
  const auto results = check(std::vector<std::string>{"u/small:1", "u/big:1"});
  EXPECT_EQ(results[0].outcome, Outcome::downloaded);
  EXPECT_LT(before_small, 300000U) << "else both are there for a moment";
}

}  // namespace
}  // namespace kip::archive
