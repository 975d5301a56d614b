#include "agent/inputs.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InputsTest : public ::testing::Test {
 protected:
  InputsTest() { std::filesystem::create_directories(folder); }
  ~InputsTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  // What may be tried for the image, as names of users.
  static std::vector<std::string> users(const Result<Inputs>& inputs) {
    std::vector<std::string> found;
    for (const auto& each : inputs->images.at(0).credentials) found.push_back(each.username);
    return found;
  }
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("kip-inputs-" + std::to_string(getpid()));
};

constexpr const char* one = R"({"auths":{"r.test/team":{"username":"one","password":"p"}}})";
constexpr const char* two = R"({"r.test":{"username":"two","password":"p"}})";

TEST_F(InputsTest, CredentialsAreOfSecretsOfBothKindsInFoldersAndOfFiles) {
  write("a/.dockerconfigjson", one);
  write("b/.dockercfg", two);
  const std::string file =
      write("config.json", R"({"auths":{"r.test":{"username":"three","password":"p"}}})");
  const auto inputs = read_inputs(
      {.docker_configs = {folder / "b", folder / "a", file}, .images = {"r.test/team/x:1"}});
  ASSERT_TRUE(inputs);
  EXPECT_THAT(inputs->warnings, IsEmpty());
  EXPECT_THAT(users(inputs), ElementsAre("one", "two", "three"));
}

TEST_F(InputsTest, AFolderWithoutASecretIsNamedAndTheOthersCount) {
  write("a/.dockerconfigjson", one);
  std::filesystem::create_directories(folder / "none");
  const auto inputs = read_inputs(
      {.docker_configs = {folder / "none", folder / "a"}, .images = {"r.test/team/x:1"}});
  ASSERT_TRUE(inputs);
  EXPECT_THAT(inputs->warnings, ElementsAre(HasSubstr("/none has no .dockerconfigjson")));
  EXPECT_THAT(users(inputs), ElementsAre("one"));
}

TEST_F(InputsTest, AFileThatCannotBeReadIsAnError) {
  EXPECT_FALSE(read_inputs({.docker_configs = {folder / "none.json"}, .images = {"a"}}));
}

TEST_F(InputsTest, AListOfWindowsIsReadAndItsBadLinesAreNamedByNumber) {
  const std::string list =
      write("images.txt", "\xEF\xBB\xBFr.test/a:1\r\n\r\n# no image\r\nUPPER//x\r\nr.test/a:1\r\n");
  const auto inputs = read_inputs({.image_list_file = list});
  ASSERT_TRUE(inputs);
  ASSERT_EQ(inputs->images.size(), 1U) << "each once";
  EXPECT_EQ(inputs->images[0].reference.text, "r.test/a:1");
  EXPECT_THAT(inputs->bad_entries, ElementsAre(HasSubstr("images.txt:4: ")));
}

}  // namespace
}  // namespace kip::agent
