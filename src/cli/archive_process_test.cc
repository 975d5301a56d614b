// `archive` as a process: killed at any moment, or left to itself.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/testing/image_server.h"
#include "archive/testing/whole.h"

namespace kip::cli {
namespace {

namespace fs = std::filesystem;
using archive::ImageServer;
using archive::noise;

class ArchiveProcess : public ::testing::Test {
 protected:
  ArchiveProcess() {
    char made[] = "/tmp/kip-archive-XXXXXX";
    path_ = mkdtemp(made);
  }
  ~ArchiveProcess() override { fs::remove_all(path_); }

  pid_t begin(const std::vector<std::string>& images,
              const std::vector<std::string>& flags = {"--once", "--prune"}) const {
    std::vector<std::string> arguments = {KIP_PROGRAM, "archive", "--path=" + path_, "--max-age=0"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    for (const auto& each : images) arguments.push_back(server_.name(each));
    std::vector<char*> argv;
    for (auto& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    std::string insecure = "INSECURE_REGISTRIES=" + server_.domain();
    char* environment[] = {insecure.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, KIP_PROGRAM, &actions, nullptr, argv.data(), environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  static int end(pid_t pid, int signal = 0) {
    if (signal != 0) kill(pid, signal);
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
  }
  // The exit code of a process that ends by itself.
  static int code(pid_t pid) {
    const int status = end(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static bool wait_until(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return is_so();
  }
  std::string record() const { return path_ + "/.kubernetes-image-puller/archives.json"; }
  // Whole or not, without our own folder.
  std::vector<fs::path> archives() const {
    std::vector<fs::path> found;
    for (const auto& each : fs::recursive_directory_iterator(path_))
      if (each.is_regular_file() && !each.is_symlink() &&
          each.path().string().find("/.kubernetes-image-puller/") == std::string::npos)
        found.push_back(each.path());
    return found;
  }
  std::size_t partials() const {
    std::size_t count = 0;
    if (!fs::exists(path_ + "/.kubernetes-image-puller/partial")) return count;
    for ([[maybe_unused]] const auto& each :
         fs::directory_iterator(path_ + "/.kubernetes-image-puller/partial"))
      ++count;
    return count;
  }

  std::string path_;
  ImageServer server_;
};

TEST_F(ArchiveProcess, KilledAtAnyMomentLeavesWholeArchivesAndPartsThatTheNextOneEnds) {
  const std::vector<std::string> images = {"u/a:1", "u/b:1", "u/c:1", "u/d:1"};
  const auto push = [&](unsigned round) {
    for (unsigned i = 0; i < 4; ++i)
      server_.add_image("u/" + std::string(1, static_cast<char>('a' + i)), "1",
                        {{noise(400000, 1)}, {noise(200000, 100 + round * 4 + i)}});
  };
  // Slow enough that most kills come in the middle of a blob.
  server_.trouble = [](auto& peer, const auto& request, const std::string& body) {
    if (request.kind != kip::testing::RegistryRequest::Kind::blob || body.size() < 100000)
      return false;
    const auto first = ImageServer::first_byte(request);
    peer.write((first == 0 ? "HTTP/1.1 200 X\r\n"
                           : "HTTP/1.1 206 X\r\n" + ImageServer::range(first, body.size())) +
               "Content-Length: " + std::to_string(body.size() - first) + "\r\n\r\n");
    constexpr std::size_t piece = 20000;
    for (auto at = first; at < body.size(); at += piece) {
      if (!peer.write(std::string_view(body).substr(at, piece))) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  };
  std::uint64_t random = 42;
  std::size_t cut_off = 0;
  for (unsigned round = 0; round < 100; ++round) {
    if (round % 10 == 0) push(round);
    const pid_t pid = begin(images);
    random = random * 6364136223846793005U + 1442695040888963407U;
    std::this_thread::sleep_for(std::chrono::microseconds((random >> 33U) % 80000));
    if (WIFSIGNALED(end(pid, SIGKILL))) ++cut_off;
    for (const auto& each : archives()) ASSERT_TRUE(archive::is_whole(each)) << each << round;
    ASSERT_LE(archives().size(), images.size()) << "nothing beside them";
    ASSERT_LE(partials(), images.size());
  }
  EXPECT_GT(cut_off, 20U) << "else this test proves little";
  EXPECT_EQ(end(begin(images)), 0);
  EXPECT_EQ(archives().size(), images.size());
  EXPECT_EQ(partials(), 0U);
}

TEST_F(ArchiveProcess, EndsAtOnceWhenItIsToldTo) {
  server_.add_image("u/a", "1", {{noise(400000, 1)}});
  server_.trouble = [](auto& peer, const auto& request, const std::string&) {
    if (request.kind != kip::testing::RegistryRequest::Kind::blob) return false;
    peer.wait_until_closed();
    return true;
  };
  const pid_t pid = begin({"u/a:1"});
  EXPECT_TRUE(wait_until([&] { return server_.count("GET /v2/u/a/blobs/") > 0; }));
  const auto begun = std::chrono::steady_clock::now();
  const int status = end(pid, SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_TRUE(archives().empty());
}

TEST_F(ArchiveProcess, AsksAgainAtEachInterval) {
  server_.add_image("u/a", "1", {{noise(1000, 1)}});
  const pid_t pid = begin({"u/a:1"}, {"--check-interval=100ms"});
  EXPECT_TRUE(wait_until([&] { return server_.count("HEAD /v2/u/a/manifests/1") >= 4; }));
  server_.add_image("u/a", "1", {{noise(2000, 2)}});
  EXPECT_TRUE(wait_until([&] { return server_.count("GET /v2/u/a/blobs/") >= 4; }));
  EXPECT_EQ(WEXITSTATUS(end(pid, SIGTERM)), 0);
}

TEST_F(ArchiveProcess, IsReadyWhenACheckOfThisListEndedNotLongAgo) {
  server_.add_image("u/a", "1", {{noise(1000, 1)}});
  const std::vector<std::string> asks = {"--ready", "--check-interval=1h"};
  fs::remove_all(path_);
  EXPECT_EQ(code(begin({"u/a:1"}, asks)), 1) << "none has ended yet";
  EXPECT_FALSE(fs::exists(path_)) << "who only asks makes no folder";
  EXPECT_EQ(code(begin({"u/a:1"})), 0);
  EXPECT_EQ(code(begin({"u/a:1"}, asks)), 0);
  EXPECT_EQ(code(begin({"u/a:1", "u/b:1"}, asks)), 1) << "another list";
  std::string text = archive::text_of(record());
  const auto at = text.find("\"finished\": \"") + sizeof "\"finished\": \"" - 1;
  std::ofstream(record()) << text.replace(at, 4, "2001");
  EXPECT_EQ(code(begin({"u/a:1"}, asks)), 1) << "long ago";
  EXPECT_EQ(server_.count("HEAD "), 1U) << "who only asks does not check";
}

TEST_F(ArchiveProcess, MakesAFolderAgainThatSomebodyRemoved) {
  server_.add_image("u/a", "1", {{noise(1000, 1)}});
  const pid_t pid = begin({"u/a:1"}, {"--check-interval=1h"});
  for (const auto& removed : {path_, path_ + "/.kubernetes-image-puller"}) {
    EXPECT_TRUE(wait_until([&] {
      return fs::exists(path_ + "/u/a_1.tar") && fs::exists(record()) &&
             archive::text_of(record()).find("finished") != std::string::npos;
    }));
    fs::remove_all(removed);
  }
  EXPECT_TRUE(wait_until([&] { return fs::exists(record()); }));
  EXPECT_EQ(WEXITSTATUS(end(pid, SIGTERM)), 0);
}

TEST_F(ArchiveProcess, WhatItIsToldAndCannotUseIsAWrongSetting) {
  server_.add_image("u/a", "1", {{noise(1000, 1)}});
  EXPECT_EQ(code(begin({"u/a:1"}, {"--once", "--image-list-file=" + path_ + "/none"})), 78);
  std::ofstream(path_ + "/file") << "no folder";
  const std::string made = path_;
  for (const char* wrong : {"/file", "/file/below", "/none/below"}) {
    path_ = made + wrong;
    EXPECT_EQ(code(begin({"u/a:1"})), 78) << wrong;
  }
  path_ = made;
}

TEST_F(ArchiveProcess, TheReportCountsEntriesThatAreNoImages) {
  server_.add_image("u/a", "1", {{noise(1000, 1)}});
  EXPECT_EQ(code(begin({"u/a:1", "U P:1"}, {"--once", "--report=" + path_ + "/report"})), 1);
  EXPECT_NE(archive::text_of(path_ + "/report").find("\"bad_entries\":1"), std::string::npos);
}

}  // namespace
}  // namespace kip::cli
