#include "archive/options.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "archive/inputs.h"
#include "testing/golden.h"

namespace kip::archive {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Reading read(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "--path=/images");
  return read_options(arguments, "aarch64");
}

TEST(Options, AreThoseOfTheMachineByDefault) {
  const auto options = *read({}).options;
  EXPECT_EQ(options.settings.platform.text(), "linux/arm64");
  EXPECT_EQ(options.settings.age_limit, 7 * 24h);
  EXPECT_EQ(options.check_interval, 24h);
  EXPECT_FALSE(options.prunes);
}

TEST(Options, AnAgeIsWholeDaysAndBelowZeroIsNever) {
  EXPECT_EQ(read({"--max-age=0"}).options->settings.age_limit, 0h);
  EXPECT_EQ(read({"--max-age=-1"}).options->settings.age_limit, std::nullopt);
  for (const char* bad : {"1.5", "x", "", "7d", "99999999999"})
    EXPECT_THAT(read({std::string("--max-age=") + bad}).problems, SizeIs(1)) << bad;
}

TEST(Options, APathIsAFolderOfItsOwn) {
  for (const char* bad : {"/", "//", "images", "/a/../b", "/..", ""})
    EXPECT_THAT(read_options({std::string("--path=") + bad}, "x86_64").problems,
                ElementsAre(HasSubstr("--path: ")))
        << bad;
  EXPECT_THAT(read_options({}, "x86_64").problems, ElementsAre(HasSubstr("--path is missing")));
}

TEST(Options, EveryProblemIsNamedAtOnce) {
  EXPECT_THAT(read({"--format=tar", "--platform=x y", "--disk-limit=0", "--parallelism=0",
                    "--check-interval=1", "--no-such=1"})
                  .problems,
              SizeIs(6));
  EXPECT_EQ(read({"--disk-limit=50Gi"}).options->settings.disk_limit, 50ULL << 30U);
}

TEST(Options, TheTableIsAsItWas) {
  kip::testing::expect_golden(markdown(), "src/archive/testdata/archive-flags.md");
  EXPECT_THAT(help(), HasSubstr("--disk-limit SIZE"));
}

TEST(Inputs, ComeFromArgumentsAndIMAGESInItsOwnForm) {
  auto options = *read({"a/b:1"}).options;
  const auto inputs = read_inputs(options, {{"IMAGES", "x=c/d:1;y=e/f:2;\n g/h:3, a/b:1"}});
  ASSERT_TRUE(inputs);
  std::vector<std::string> files;
  for (const auto& each : inputs->images) files.push_back(each.name.file);
  EXPECT_THAT(files, ElementsAre("a/b_1.tar", "c/d_1.tar", "e/f_2.tar", "g/h_3.tar"));
}

TEST(Inputs, CredentialsAreOfMountedSecretsOfBothTypes) {
  namespace fs = std::filesystem;
  const fs::path folder = ::testing::TempDir() + "kip-inputs-" + std::to_string(getpid());
  fs::create_directories(folder / "old");
  std::ofstream(folder / "old/.dockercfg") << R"({"r.test":{"username":"u","password":"p"}})";
  const auto inputs =
      read_inputs(*read({"--pull-secret=" + (folder / "old").string(), "r.test/a:1"}).options, {});
  fs::remove_all(folder);
  ASSERT_TRUE(inputs);
  EXPECT_THAT(inputs->wanted[0].credentials, SizeIs(1));
  EXPECT_THAT(inputs->warnings, IsEmpty());
}

}  // namespace
}  // namespace kip::archive
