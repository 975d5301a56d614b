#include "archive/archive_name.h"

#include <gmock/gmock.h>

namespace kip::archive {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ArchiveName name(const std::string& text, Format format = Format::docker_archive) {
  return archive_name(*types::parse_image_reference(text), format);
}
std::string file(const std::string& text) { return name(text).file; }
std::string old_file(const std::string& text) { return name(text).old_file; }

const std::string hash(64, 'a');

TEST(ArchiveName, IsTheLastTwoPartsAndTheTagAsTheyWereWritten) {
  EXPECT_EQ(file("nginx:1.21.0"), "nginx_1.21.0.tar");
  EXPECT_EQ(file("nginx"), "nginx_latest.tar");
  EXPECT_EQ(file("selenium/x:1"), "selenium/x_1.tar");
  EXPECT_EQ(file("h.example/hub/selenium/x:1"), "selenium/x_1.tar");
  EXPECT_EQ(file("docker.io/nginx:1"), "docker.io/nginx_1.tar");
  for (const char* each : {"nginx:1.21.0", "nginx", "h.example/hub/selenium/x:1"})
    EXPECT_EQ(old_file(each), "") << each;
}

TEST(ArchiveName, OfARegistryWithAPortHasNoHostAndTheOldOneIsALink) {
  EXPECT_EQ(file("host:5000/a/b:1"), "a/b_1.tar");
  EXPECT_EQ(old_file("host:5000/a/b:1"), "host_5000/a/b.tar");
  EXPECT_EQ(file("host:5000/b"), "b_latest.tar");
  EXPECT_EQ(old_file("host:5000/b"), "host_5000/b.tar");
  EXPECT_EQ(file("[::1]:5000/a/b:1"), "a/b_1.tar");
  EXPECT_EQ(old_file("[::1]:5000/a/b:1"), "");
}

TEST(ArchiveName, OfADigestAloneLoadsWithoutAName) {
  EXPECT_EQ(file("a/b@sha256:" + hash), "a/b@sha256_" + hash + ".tar");
  EXPECT_EQ(old_file("a/b@sha256:" + hash), "");
  EXPECT_EQ(name("a/b@sha256:" + hash).repo_tag, "");
  EXPECT_EQ(name("a/b@sha256:" + hash).full_name, "");
  EXPECT_EQ(file("h:5000/a/b@sha256:" + hash), "a/b@sha256_" + hash + ".tar");
}

TEST(ArchiveName, BesideATagHasNoDigest) {
  const auto both = name("a/b:1@sha256:" + hash);
  EXPECT_EQ(both.file, "a/b_1.tar");
  EXPECT_EQ(both.old_file, "a/b_1@sha256.tar");
  EXPECT_EQ(both.repo_tag, "a/b:1");
}

TEST(ArchiveName, LoadsUnderTheNameThatTheUserWrote) {
  EXPECT_EQ(name("nginx").repo_tag, "nginx:latest");
  EXPECT_EQ(name("nginx").full_name, "docker.io/library/nginx:latest");
  EXPECT_EQ(name("host:5000/a/b:1").repo_tag, "host:5000/a/b:1");
}

TEST(ArchiveName, OfAnOciArchiveHasNoFolders) {
  EXPECT_EQ(name("h.example/hub/selenium/x:1", Format::oci_archive).file, "selenium_x_1.tar");
  EXPECT_EQ(name("host:5000/a/b:1", Format::oci_archive).old_file, "");
}

NamedImages all(const std::vector<std::string>& texts) {
  std::vector<types::ImageReference> images;
  for (const auto& text : texts) images.push_back(*types::parse_image_reference(text));
  return name_all(images, Format::docker_archive);
}

TEST(ArchiveNames, TwoImagesForOneFileAreBothNamedAndTheFirstHasIt) {
  const auto named = all({"r/p/u/i:1", "s/q/u/i:1", "u/j:1"});
  EXPECT_EQ(named.images.size(), 2U);
  EXPECT_THAT(named.refused,
              ElementsAre(AllOf(HasSubstr("r/p/u/i:1"), HasSubstr("s/q/u/i:1"),
                                HasSubstr("u/i_1.tar"), HasSubstr("only the first"))));
}

TEST(ArchiveNames, TheSameImageTwiceIsNoCollision) {
  const auto named = all({"nginx", "nginx:latest", "nginx"});
  EXPECT_EQ(named.images.size(), 1U);
  EXPECT_THAT(named.refused, IsEmpty());
}

TEST(ArchiveNames, AnOldNameOfTwoImagesIsALinkToTheFirst) {
  const auto named = all({"host:5000/a/b:1", "host:5000/a/b:2"});
  EXPECT_EQ(named.images[0].name.old_file, "host_5000/a/b.tar");
  EXPECT_EQ(named.images[1].name.old_file, "");
}

}  // namespace
}  // namespace kip::archive
