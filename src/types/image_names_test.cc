#include "types/image_names.h"

#include <gmock/gmock.h>

#include "config/images.h"

namespace kip::types {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ImageReference> parsed(const std::vector<std::string>& texts) {
  std::vector<ImageReference> found;
  for (const auto& text : texts) found.push_back(*parse_image_reference(text));
  return found;
}
std::vector<std::string> names(const std::vector<std::string>& texts) {
  return names_of(parsed(texts), {"copy-sleep"});
}

TEST(ImageNames, AreTheLastPartsOfRepositories) {
  EXPECT_THAT(names({"nginx", "quay.io/eclipse/che-theia:next", "r.test:5000/my_app.x:1"}),
              ElementsAre("nginx", "che-theia", "my-app-x"));
}

TEST(ImageNames, HaveTheTagWhereSeveralAreOfOneName) {
  EXPECT_THAT(names({"nginx:1.21", "nginx:1.22", "other/redis"}),
              ElementsAre("nginx-1-21", "nginx-1-22", "redis"));
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_THAT(names({"nginx", "nginx@" + digest}),
              ElementsAre("nginx-latest", "nginx-aaaaaaaaaaaa"));
}

TEST(ImageNames, HaveAChecksumWhereThatIsNotEnough) {
  const auto found = names({"a.test/x:1", "b.test/x:1"});
  EXPECT_NE(found[0], found[1]);
  EXPECT_EQ(found[0].size(), 2U + 16U);
  EXPECT_EQ(names({"b.test/x:1", "a.test/x:1"})[1], found[0]) << "whatever the order";
}

TEST(ImageNames, GiveWayToAnotherImagesShortName) {
  const auto found = names({"x:1", "y/x:2", "x-1"});
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 3U);
  EXPECT_EQ(found[1], "x-2");
}

TEST(ImageNames, AreTakenByImagesWhateverTheImages) {
  const std::string of_100 = std::string(100, 'a');
  const std::vector<std::string> all = {
      "copy-sleep",  "a.test/copy-sleep:1",
      of_100 + ":1", "b/" + of_100 + ":1",
      "x__y--z",     "x:1",
      "y/x:2",       "x-1",
      "9/9:V_1.0",   "r.test/" + of_100 + "/b:" + std::string(128, 'T')};
  const auto found = names(all);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += found[i] + "=" + all[i] + ";";
  const auto list = config::parse_images(text);
  EXPECT_THAT(list.problems, IsEmpty()) << text;
  EXPECT_EQ(list.images.size(), all.size());
}

}  // namespace
}  // namespace kip::types
