#include "agent/inputs.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "agent/done_file.h"

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class InputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  static std::vector<std::string> asked_for(const Inputs& inputs) {
    std::vector<std::string> texts;
    for (const auto& image : inputs.images)
      if (image.is_asked_for) texts.push_back(image.reference.text);
    return texts;
  }

  const fs::path folder =
      fs::path(::testing::TempDir()) /
      ("inputs-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(InputsTest, WhatIsNotToBeAskedForIsSaidByNameOrByReference) {
  const auto inputs = read_inputs({.images = {"a=r.test/a:1", "b=r.test/b:1", "r.test/c:1"},
                                   .if_not_present = {"a", "r.test/c:1"}});
  ASSERT_TRUE(inputs);
  EXPECT_THAT(asked_for(*inputs), ElementsAre("r.test/b:1"));
}

TEST_F(InputsTest, WhatAnEarlierRunGotIsNotAskedForAgain) {
  const std::string file = (folder / "done").string();
  const FetchOptions options = {.images = {"r.test/a:1", "r.test/b:1"}, .done_file = file};
  EXPECT_EQ(asked_for(*read_inputs(options)).size(), 2U);
  ASSERT_TRUE(
      add_to_done_file(file, {{.image = "r.test/a:1"}, {.image = "r.test/b:1", .failure = {{}}}}));
  EXPECT_THAT(asked_for(*read_inputs(options)), ElementsAre("r.test/b:1"));
  ASSERT_TRUE(add_to_done_file(file, {{.image = "r.test/b:1"}}));
  EXPECT_THAT(asked_for(*read_inputs(options)), ElementsAre());
  EXPECT_FALSE(add_to_done_file((folder / "no" / "done").string(), {}));
}

TEST_F(InputsTest, CredentialsAreFilesOrFoldersOfSecretsInTheirOrder) {
  write("new/.dockerconfigjson", R"({"auths":{"r.test":{"username":"one","password":"p"}}})");
  write("old/.dockercfg", R"({"r.test":{"username":"two","password":"p"}})");
  const std::string file =
      write("config.json", R"({"auths":{"r.test":{"username":"three","password":"p"}}})");
  fs::create_directories(folder / "absent");
  const auto inputs =
      read_inputs({.docker_configs = {(folder / "new").string(), (folder / "absent").string(),
                                      (folder / "old").string(), file},
                   .images = {"r.test/a:1"}});
  ASSERT_TRUE(inputs);
  std::vector<std::string> users;
  for (const auto& one : inputs->images[0].credentials) users.push_back(one.username);
  EXPECT_THAT(users, ElementsAre("one", "two", "three"));
  EXPECT_THAT(inputs->warnings, ElementsAre(HasSubstr("absent; expected a mounted Secret")));
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

TEST_F(InputsTest, AFileOfCredentialsThatIsNotThereIsAProblem) {
  EXPECT_FALSE(read_inputs({.docker_configs = {(folder / "none").string()}}));
}

}  // namespace
}  // namespace kip::agent
