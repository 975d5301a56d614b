#include "types/image_reference.h"

#include <fstream>

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(ImageReference, EveryTextReadsAsTheKubeletReadsIt) {
  // Made with github.com/distribution/reference v0.6.0, ParseNormalizedNamed.
  std::ifstream table("src/config/testdata/references.tsv");
  std::string line;
  int rows = 0;
  while (std::getline(table, line)) {
    if (line.starts_with('#')) continue;
    ++rows;
    const auto tab = line.find('\t');
    const auto text = line.substr(0, tab), repository = line.substr(tab + 1);
    const auto parsed = parse_image_reference(text);
    EXPECT_EQ(parsed ? parsed->repository() : "-", repository) << text;
    if (!parsed) continue;
    EXPECT_EQ(*parse_image_reference(parsed->text()), *parsed) << text;
  }
  EXPECT_GE(rows, 100);
}

TEST(ImageReference, ItsPartsAreTakenApart) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(*parse_image_reference("[::1]:5000/a/b:c@" + digest),
            (ImageReference{"[::1]:5000", "a/b", "c", digest}));
  EXPECT_EQ(*parse_image_reference("busybox"),
            (ImageReference{"docker.io", "library/busybox", "", ""}));
}

TEST(ImageReference, RepositoriesAreComparedWithTheDefaultDomainFilledIn) {
  EXPECT_EQ(repository_of("busybox:1"), repository_of("docker.io/library/busybox:2"));
  EXPECT_NE(repository_of("busybox"), repository_of("quay.io/library/busybox"));
  EXPECT_EQ(repository_of("Not A Reference"), "");
}

TEST(ImageReference, AMessageNamesThePartThatIsWrong) {
  const auto message = [](std::string_view text) {
    return parse_image_reference(text).error().message;
  };
  EXPECT_EQ(message("quay.io/Eclipse/che"),
            "\"quay.io/Eclipse/che\" is not an image reference: its path \"Eclipse/che\" has an "
            "upper-case letter; expected [registry/]path[:tag][@sha256:…]");
  EXPECT_NE(message("x:-1").find("its tag \"-1\""), std::string::npos);
  EXPECT_NE(message("x@sha256:1").find("its digest \"sha256:1\""), std::string::npos);
  EXPECT_NE(message("h:x/y").find("its registry \"h:x\""), std::string::npos);
}

}  // namespace
}  // namespace kip::types
