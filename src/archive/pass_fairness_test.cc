// Images that take their time, and those that wait for them.
#include "archive/testing/pass_fixture.h"

namespace kip::archive {
namespace {

class Fairness : public PassTest {
 protected:
  Fairness() { options_.limits.overall = 3s; }

  // The layers of a repository begin, and no more comes of them.
  void hang(const std::string& repository) {
    server_.trouble = [repository](Peer& peer, const Request& request, const std::string& body) {
      if (request.kind != Request::Kind::blob || body.size() < 100000 ||
          request.target.find("/" + repository + "/") == std::string::npos)
        return false;
      peer.write("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body.substr(0, body.size() / 2));
      peer.wait_until_closed();
      return true;
    };
  }
};

TEST_F(Fairness, AnImageThatHangsTakesNoMoreThanItsShareOfTheTime) {
  server_.add_image("u/hangs", "1", {{noise(400000, 1)}});
  server_.add_image("u/i", "1", {{noise(400000, 2)}});
  hang("u/hangs");
  options_.limits.parallelism = 1;
  const auto results = check(std::vector<std::string>{"u/hangs:1", "u/i:1"});
  EXPECT_TRUE(results[0].failure);
  EXPECT_EQ(results[1].outcome, Outcome::downloaded);
}

TEST_F(Fairness, AReplacementThatHangsHoldsUpOthersForHalfOfTheirTimeOnly) {
  const std::vector<std::string> images = {"u/hangs:1", "u/i:1"};
  for (unsigned round = 0; round < 2; ++round) {
    server_.add_image("u/hangs", "1", {{noise(400000, round)}});
    server_.add_image("u/i", "1", {{noise(400000, 10 + round)}});
    if (round > 0) hang("u/hangs");
    const auto results = check(images);
    EXPECT_EQ(results[0].failure.has_value(), round > 0);
    EXPECT_EQ(results[1].outcome, Outcome::downloaded);
  }
}

TEST_F(Fairness, ABlobThatHangsForOneIsFetchedByTheOther) {
  const PushedLayer shared{noise(400000, 1)};
  server_.add_image("u/hangs", "1", {shared});
  server_.add_image("v/i", "1", {shared, {noise(10, 2)}});
  server_.add_image("v/zstd", "1", {much_in_little(4)});
  hang("u/hangs");
  const auto results = check(std::vector<std::string>{"u/hangs:1", "v/i:1", "v/zstd:1"});
  EXPECT_EQ(results[1].outcome, Outcome::downloaded);
  EXPECT_EQ(results[2].outcome, Outcome::downloaded);
}

}  // namespace
}  // namespace kip::archive
