// `sleep --install FILE`: what is there afterwards, and what it says where it cannot.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

namespace kip::sleep {
namespace {

namespace fs = std::filesystem;

class Install : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "sleep-install-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    chmod(name.c_str(), 0755);
    ASSERT_NE(contents_of(binary()), "") << "is KIP_SLEEP set? run this by ctest";
  }

  void TearDown() override {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
    fs::remove_all(folder_);
  }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // Names of all files in the folder.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }

  static mode_t mode_of(const std::string& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  // A tmpfs of `size` over the folder, which only this process sees. False where it is not allowed.
  bool mount_tmpfs(const char* size) {
    if (unshare(CLONE_NEWNS) != 0) return false;
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, size) == 0;
    return mounted_;
  }

  // It must fail, say exactly this, and leave only `left` in the folder.
  void expect_failure(const std::string& file, const std::string& message,
                      const std::vector<std::string>& left = {}) const {
    const Ended ended = run({"--install", file});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, "sleep: " + message + "\n");
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(files(), testing::UnorderedElementsAreArray(left));
  }

  std::string folder_;
  bool mounted_ = false;
};

TEST_F(Install, TheCopyIsTheSameProgramReadableAndExecutableByAll) {
  for (const mode_t mask : {0000U, 0022U, 0777U}) {
    Process::Options options;
    options.before_exec = [mask] { umask(mask); };
    const Ended ended = Process({"--install", path("sleep")}, options).wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err + ended.out, "");
    EXPECT_EQ(mode_of(path("sleep")), 0555U);
    EXPECT_EQ(contents_of(path("sleep")), contents_of(binary()));
    EXPECT_THAT(files(), testing::ElementsAre("sleep"));
  }
}

TEST_F(Install, TheCopyRunsAndInstallsItself) {
  ASSERT_EQ(run({"--install", path("sleep")}).code, 0);
  Process::Options options;
  options.program = path("sleep");  // cannot be written to: mode 0555
  EXPECT_EQ(Process({"0"}, options).wait().code, 0);
  EXPECT_EQ(Process({"--install", path("again")}, options).wait().code, 0);
  EXPECT_EQ(contents_of(path("again")), contents_of(binary()));
}

TEST_F(Install, ACopyThatIsRunningIsReplaced) {
  ASSERT_EQ(run({"--install", path("sleep")}).code, 0);
  Process::Options options;
  options.program = path("sleep");
  Process sleeping({"720h"}, options);
  ASSERT_TRUE(comes_true([&] { return sleeping.is_asleep_on(CLOCK_BOOTTIME); }));
  EXPECT_EQ(run({"--install", path("sleep")}).code, 0);
  EXPECT_TRUE(sleeping.is_asleep_on(CLOCK_BOOTTIME));
}

TEST_F(Install, ManyAtOnceLeaveOneWholeFile) {
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(std::make_unique<Process>(std::vector<std::string>{"--install", path("sleep")}));
  for (auto& one : all) EXPECT_EQ(one->wait().code, 0);
  EXPECT_EQ(contents_of(path("sleep")), contents_of(binary()));
  EXPECT_THAT(files(), testing::ElementsAre("sleep"));
}

TEST_F(Install, ANameWithoutAFolderGoesToTheWorkingDirectory) {
  Process::Options options;
  options.before_exec = [this] { (void)!chdir(folder_.c_str()); };
  EXPECT_EQ(Process({"--install", "sleep"}, options).wait().code, 0);
  EXPECT_EQ(contents_of(path("sleep")), contents_of(binary()));
}

TEST_F(Install, TheLongestNameThatAFileMayHaveIsTaken) {
  EXPECT_EQ(run({"--install", path(std::string(255, 'x'))}).code, 0);
}

TEST_F(Install, WhatCannotBeIsNamedWithItsReason) {
  const auto beside = [](const std::string& file) { return "create a file beside " + file; };
  expect_failure(path("no/sleep"), beside(path("no/sleep")) + ": No such file or directory");
  expect_failure(path("a\nb/sleep"), beside(path("a?b/sleep")) + ": No such file or directory");
  const std::string longest(5000, 'x');
  expect_failure(longest + "/s", beside(longest + "/s") + ": File name too long");
  const auto name = path(std::string(256, 'x'));
  expect_failure(name, "rename the new copy to " + name + ": File name too long");
  std::ofstream(path("file")) << "x";
  expect_failure(path("file/sleep"), beside(path("file/sleep")) + ": Not a directory", {"file"});
  fs::create_directory(path("folder"));
  expect_failure(path("folder"), "rename the new copy to " + path("folder") + ": Is a directory",
                 {"file", "folder"});
}

TEST_F(Install, AFullDiskLeavesTheOldFileAsItWas) {
  if (!mount_tmpfs("size=8k")) GTEST_SKIP() << "mounting needs root";
  std::ofstream(path("sleep")) << "old";
  std::ofstream(path("filler")) << std::string(4096, 'x');
  expect_failure(path("sleep"), "write " + path("sleep") + ": No space left on device",
                 {"sleep", "filler"});
  EXPECT_EQ(contents_of(path("sleep")), "old");
}

TEST_F(Install, AReadOnlyVolumeIsNamed) {
  if (!mount_tmpfs("size=64k")) GTEST_SKIP() << "mounting needs root";
  ASSERT_EQ(mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  expect_failure(path("sleep"),
                 "create a file beside " + path("sleep") + ": Read-only file system");
}

TEST_F(Install, AVolumeOfAnotherUserIsNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "changing the user needs root";
  ASSERT_EQ(run({"--install", path("sleep")}).code, 0);
  Process::Options options;
  options.program = path("sleep");
  options.before_exec = [] { (void)!setuid(65532); };
  const Ended ended = Process({"--install", path("other")}, options).wait();
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.err, "sleep: create a file beside " + path("other") + ": Permission denied\n");
}

}  // namespace
}  // namespace kip::sleep
