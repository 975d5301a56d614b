// Checks of a whole list, against a registry that behaves as badly as a test tells it to.
#include "archive/pass.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/testing/image_server.h"
#include "archive/testing/whole.h"
#include "http/io_context.h"
#include "testing/on_loop.h"

namespace kip::archive {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = runtime::Failure::Kind;
using Outcome = agent::ImageResult::Outcome;
using Layer = ImageServer::LayerOf;
using Peer = kip::testing::Peer;
using Request = kip::testing::RegistryRequest;

class PassTest : public kip::testing::OnLoop {
 protected:
  PassTest() : OnLoop(http::io_context()) {
    char made[] = "/tmp/kip-archive-XXXXXX";
    path_ = mkdtemp(made);
    options_.path = path_;
    options_.settings.platform = {.architecture = "amd64"};
    options_.limits = {
        .first_timeout = 1min, .first_delay = 10ms, .longest_delay = 100ms, .overall = 10s};
  }
  ~PassTest() override { fs::remove_all(path_); }

  std::vector<agent::ImageResult> check(const std::vector<std::string>& images) {
    options_.images.clear();
    for (const auto& each : images) options_.images.push_back(server_.name(each));
    auto inputs = read_inputs(options_, {});
    EXPECT_TRUE(inputs);
    bad_entries_ = inputs->bad_entries;
    auto folder = Folder::open(path_);
    EXPECT_TRUE(folder);
    registry::Client::Options client{.deadline = 5s, .idle = 5s};
    client.insecure = *registry::InsecureRegistries::parse(server_.domain());
    const auto output = agent::make_log_output();
    Pass pass(loop_, *output, *folder, options_, std::move(*inputs), client);
    std::optional<std::vector<agent::ImageResult>> results;
    pass.start([&](const auto& all) { results = all; });
    EXPECT_TRUE(run_until([&] { return results.has_value(); }));
    return results.value_or(pass.results("nothing within the test's patience"));
  }
  agent::ImageResult check(const std::string& image) { return check(std::vector{image})[0]; }

  // What fails is told at once: the next try would come too late.
  void try_once() { options_.limits.first_delay = options_.limits.longest_delay = 1min; }

  fs::path at(const std::string& file) const { return fs::path(path_) / file; }
  // All that is there but our own folder's record and lock.
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& each : fs::recursive_directory_iterator(path_)) {
      const auto name = fs::relative(each.path(), path_).string();
      const bool is_own = name.ends_with("archives.json") || name.ends_with("lock");
      if (each.is_regular_file() && !each.is_symlink() && !is_own) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // Ends a blob's connection after so many bytes of each answer.
  void break_after(std::size_t bytes) {
    server_.trouble = [bytes](Peer& peer, const Request& request, const std::string& body) {
      if (request.kind != Request::Kind::blob) return false;
      const auto first = ImageServer::first_byte(request);
      if (body.size() - first <= bytes) return false;
      const auto head = "Content-Length: " + std::to_string(body.size() - first) + "\r\n";
      peer.write((first == 0 ? "HTTP/1.1 200 X\r\n"
                             : "HTTP/1.1 206 X\r\n" + ImageServer::range(first, body.size())) +
                 head + "\r\n" + body.substr(first, bytes));
      peer.end(true);
      return true;
    };
  }

  std::string path_;
  ImageServer server_;
  Options options_;
  std::vector<std::string> bad_entries_;
};

// One raw block.
const std::string zstd_of_hello("\x28\xb5\x2f\xfd\x00\x58\x29\x00\x00hello", 14);

TEST_F(PassTest, AnImageIsAnArchiveThatIsFoundUnmovedByOneHead) {
  server_.add_image("u/i", "1", {{noise(100000, 1)}, {noise(1000, 2)}});
  const auto first = check("u/i:1");
  EXPECT_EQ(first.outcome, Outcome::downloaded)
      << first.failure.value_or(runtime::Failure()).message;
  EXPECT_GT(first.downloaded, 101000U);
  EXPECT_EQ(first.bytes, fs::file_size(at("u/i_1.tar")));
  EXPECT_TRUE(is_whole(at("u/i_1.tar")));
  EXPECT_EQ(static_cast<int>(fs::status(at("u/i_1.tar")).permissions()), 0644);
  EXPECT_THAT(files(), ElementsAre("u/i_1.tar"));

  const auto before = server_.requests().size();
  const auto second = check("u/i:1");
  EXPECT_EQ(second.outcome, Outcome::up_to_date);
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(second.downloaded, 0U);
  EXPECT_EQ(server_.requests().size(), before + 1) << "a HEAD, and no more";
}

TEST_F(PassTest, ALayerOfSeveralImagesComesOnce) {
  const Layer shared{noise(300000, 1)};
  std::vector<std::string> images;
  for (int i = 0; i < 6; ++i) {
    server_.add_image("u/i" + std::to_string(i), "1",
                      {shared, {noise(1000, 10 + static_cast<unsigned>(i))}});
    images.push_back("u/i" + std::to_string(i) + ":1");
  }
  std::uint64_t downloaded = 0;
  for (const auto& result : check(images)) {
    EXPECT_FALSE(result.failure);
    downloaded += result.downloaded;
  }
  EXPECT_LT(downloaded, 300000U + 6 * 2000);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(is_whole(at("u/i" + std::to_string(i) + "_1.tar")));
}

TEST_F(PassTest, TheSameImageGivesTheSameBytesAlsoWithOtherTools) {
  server_.add_image("u/i", "1", {{noise(5000, 1)}});
  check("u/i:1");
  const auto first = text_of(at("u/i_1.tar"));
  fs::remove_all(at("u"));
  check("u/i:1");
  EXPECT_EQ(text_of(at("u/i_1.tar")), first);
  EXPECT_EQ(std::system(("tar -tf " + at("u/i_1.tar").string() + " >/dev/null").c_str()), 0);
}

TEST_F(PassTest, AMovedTagIsBuiltAnewFromWhatItsOldArchiveHas) {
  const Layer kept{noise(200000, 1)};
  server_.add_image("u/i", "1", {kept, {noise(1000, 2)}});
  check("u/i:1");
  const auto old = text_of(at("u/i_1.tar"));
  server_.add_image("u/i", "1", {kept, {noise(1000, 3)}});
  const auto moved = check("u/i:1");
  EXPECT_EQ(moved.outcome, Outcome::downloaded);
  EXPECT_LT(moved.downloaded, 3000U);
  EXPECT_NE(text_of(at("u/i_1.tar")), old);
  EXPECT_TRUE(is_whole(at("u/i_1.tar")));
}

TEST_F(PassTest, WhatIsYoungEnoughIsNotAskedFor) {
  server_.add_image("u/i", "1", {{noise(1000, 1)}});
  check("u/i:1");
  const auto before = server_.requests().size();
  options_.settings.age_limit = 24h;
  EXPECT_EQ(check("u/i:1").outcome, Outcome::up_to_date);
  options_.settings.age_limit = std::nullopt;
  EXPECT_EQ(check("u/i:1").outcome, Outcome::up_to_date);
  EXPECT_EQ(server_.requests().size(), before);

  options_.settings.age_limit = 24h;
  fs::last_write_time(at("u/i_1.tar"), fs::file_time_type::clock::now() - 25h);
  EXPECT_EQ(check("u/i:1").outcome, Outcome::up_to_date);
  EXPECT_GT(server_.requests().size(), before);
  EXPECT_GT(fs::last_write_time(at("u/i_1.tar")), fs::file_time_type::clock::now() - 1h)
      << "it counts as new";
}

TEST_F(PassTest, AnIndexThatMovedForOtherPlatformsIsNoNewArchive) {
  const auto mine = server_.add_image("u/i", "amd64", {{noise(1000, 1)}});
  server_.add_index("u/i", "1", {{mine, "amd64"}});
  check("u/i:1");
  const auto blobs = server_.count("GET /v2/u/i/blobs/");
  const auto other = server_.add_image("u/i", "arm64", {{noise(1000, 2)}}, "arm64");
  const auto moved = server_.add_index("u/i", "1", {{other, "arm64"}, {mine, "amd64"}});
  const auto result = check("u/i:1");
  EXPECT_EQ(result.outcome, Outcome::up_to_date);
  EXPECT_EQ(result.digest, moved);
  EXPECT_EQ(server_.count("GET /v2/u/i/blobs/"), blobs);
}

TEST_F(PassTest, AnImageInAnIndexOfAnIndexIsFound) {
  const auto mine = server_.add_image("u/i", "amd64", {{noise(1000, 1)}});
  const auto inner = server_.add_index("u/i", "inner", {{mine, "amd64"}});
  server_.add_index("u/i", "1", {{inner, ""}}, ImageServer::index_type);
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
}

TEST_F(PassTest, AnIndexWithoutThePlatformIsNotFoundAndSaysWhatThereIs) {
  const auto other = server_.add_image("u/i", "arm64", {{noise(1000, 2)}}, "arm64");
  server_.add_index("u/i", "1", {{other, "arm64"}});
  const auto result = check("u/i:1");
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->kind, Kind::not_found);
  EXPECT_THAT(result.failure->message, HasSubstr("no image for linux/amd64, but for linux/arm64"));
  options_.settings.platform = {.architecture = "arm64"};
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
}

TEST_F(PassTest, AnotherPlatformIsAnotherArchive) {
  const auto mine = server_.add_image("u/i", "amd64", {{noise(1000, 1)}});
  const auto other = server_.add_image("u/i", "arm64", {{noise(1000, 2)}}, "arm64");
  server_.add_index("u/i", "1", {{other, "arm64"}, {mine, "amd64"}});
  check("u/i:1");
  options_.settings.age_limit = 24h;
  options_.settings.platform = {.architecture = "arm64"};
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded) << "though the file is young";
}

TEST_F(PassTest, SchemaOneAndForeignLayersAreRefusedByName) {
  try_once();
  server_.add_manifest("u/old", "1", R"({"schemaVersion":1,"name":"u/old"})",
                       "application/vnd.docker.distribution.manifest.v1+json");
  server_.add_image("u/foreign", "1",
                    {{"x", "", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}});
  const auto results = check(std::vector<std::string>{"u/old:1", "u/foreign:1"});
  EXPECT_THAT(results[0].failure->message, HasSubstr("no manifest of schema 2"));
  EXPECT_EQ(results[1].failure->kind, Kind::not_found);
  EXPECT_THAT(results[1].failure->message, HasSubstr("registries do not distribute"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(PassTest, ALayerOfZstdIsUnpackedAndSharedUnpacked) {
  const Layer zstd{zstd_of_hello, "hello", "application/vnd.oci.image.layer.v1.tar+zstd"};
  server_.add_image("u/a", "1", {zstd});
  server_.add_image("u/b", "1", {zstd, {noise(10, 1)}});
  const auto results = check(std::vector<std::string>{"u/a:1", "u/b:1"});
  EXPECT_FALSE(results[0].failure) << results[0].failure->message;
  EXPECT_FALSE(results[1].failure);
  EXPECT_TRUE(is_whole(at("u/a_1.tar")) && is_whole(at("u/b_1.tar")));
  EXPECT_THAT(text_of(at("u/a_1.tar")), HasSubstr(digest_of("hello").substr(7)));
  const auto packed = digest_of(zstd_of_hello);
  EXPECT_EQ(
      server_.count("GET /v2/u/a/blobs/" + packed) + server_.count("GET /v2/u/b/blobs/" + packed),
      1U);
  EXPECT_THAT(files(), ElementsAre("u/a_1.tar", "u/b_1.tar"));
}

TEST_F(PassTest, AZstdLayerThatUnpacksToSomethingElseIsNotTaken) {
  try_once();
  server_.add_image("u/a", "1",
                    {{zstd_of_hello, "other", "application/vnd.oci.image.layer.v1.tar+zstd"}});
  server_.add_image("u/b", "1",
                    {{"no zstd", "other", "application/vnd.oci.image.layer.v1.tar+zstd"}});
  const auto results = check(std::vector<std::string>{"u/a:1", "u/b:1"});
  EXPECT_THAT(results[0].failure->message, HasSubstr("unpacks to sha256:"));
  EXPECT_THAT(results[1].failure->message, HasSubstr("cannot be unpacked"));
}

TEST_F(PassTest, ARegistryThatDiesAtEachPieceIsResumedByRange) {
  server_.add_image("u/i", "1", {{noise(1000000, 1)}});
  break_after(300000);
  const auto result = check("u/i:1");
  EXPECT_EQ(result.outcome, Outcome::downloaded);
  EXPECT_EQ(result.attempts, 1);
  EXPECT_LT(result.downloaded, 1001000U) << "no byte comes twice";
  EXPECT_TRUE(is_whole(at("u/i_1.tar")));
}

TEST_F(PassTest, WhatAnEndedProcessLeftIsTakenFurther) {
  server_.add_image("u/i", "1", {{noise(400000, 1)}, {noise(600000, 2)}});
  server_.trouble = [](Peer& peer, const Request& request, const std::string& body) {
    if (body.size() != 600000) return false;
    peer.write("HTTP/1.1 200 X\r\nContent-Length: 600000\r\n\r\n" + body.substr(0, 250000));
    peer.wait_until_closed();
    return request.kind == Request::Kind::blob;
  };
  options_.limits.overall = 3s;
  EXPECT_EQ(check("u/i:1").failure->kind, Kind::timeout);
  EXPECT_EQ(files().size(), 1U) << "the part of it";
  server_.trouble = nullptr;
  options_.limits.overall = 10s;
  const auto result = check("u/i:1");
  EXPECT_EQ(result.outcome, Outcome::downloaded);
  EXPECT_LT(result.downloaded, 400000U);
  EXPECT_TRUE(is_whole(at("u/i_1.tar")));
  EXPECT_THAT(files(), ElementsAre("u/i_1.tar"));
}

TEST_F(PassTest, APartThatIsNoLongerWhatWasWrittenIsFetchedAgain) {
  server_.add_image("u/i", "1", {{noise(400000, 1)}, {noise(600000, 2)}});
  server_.trouble = [](Peer& peer, const Request&, const std::string& body) {
    if (body.size() != 600000) return false;
    peer.wait_until_closed();
    return true;
  };
  options_.limits.overall = 3s;
  check("u/i:1");
  ASSERT_EQ(files().size(), 1U);
  std::fstream(at(files()[0]), std::ios::in | std::ios::out).seekp(100000) << "spoilt";
  server_.trouble = nullptr;
  options_.limits.overall = 10s;
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
  EXPECT_TRUE(is_whole(at("u/i_1.tar")));
}

TEST_F(PassTest, WrongAndShortAndEndlessBlobsAreNotTakenAndTheOldArchiveStays) {
  server_.add_image("u/i", "1", {{noise(1000, 1)}});
  check("u/i:1");
  const auto old = text_of(at("u/i_1.tar"));
  server_.add_image("u/i", "1", {{noise(50000, 2)}});
  try_once();
  const std::vector<std::pair<std::string, std::function<void(Peer&)>>> troubles = {
      {"gave a blob with the digest", [](Peer& peer) { peer.answer(200, noise(50000, 3)); }},
      {"ended after 10 bytes", [](Peer& peer) { peer.answer(200, "0123456789"); }},
      {"more than the 50000 bytes", [](Peer& peer) {
         peer.begin_chunks();
         while (peer.chunk(std::string(10000, 'x'))) {
         }
       }}};
  for (const auto& [words, answer] : troubles) {
    server_.trouble = [&answer = answer](Peer& peer, const Request&, const std::string& body) {
      if (body.size() != 50000) return false;
      answer(peer);
      return true;
    };
    const auto result = check("u/i:1");
    ASSERT_TRUE(result.failure) << words;
    EXPECT_EQ(result.failure->kind, Kind::other);
    EXPECT_THAT(result.failure->message, HasSubstr(words));
    EXPECT_EQ(text_of(at("u/i_1.tar")), old);
  }
}

TEST_F(PassTest, ABlobOfAnArchiveThatIsSpoiltIsFetchedInstead) {
  const Layer shared{noise(100000, 1)};
  server_.add_image("u/a", "1", {shared});
  server_.add_image("u/b", "1", {shared, {noise(10, 2)}});
  check("u/a:1");
  const auto when = fs::last_write_time(at("u/a_1.tar"));
  std::fstream(at("u/a_1.tar"), std::ios::in | std::ios::out).seekp(50000) << "spoilt";
  fs::last_write_time(at("u/a_1.tar"), when);
  const auto result = check(std::vector<std::string>{"u/a:1", "u/b:1"})[1];
  EXPECT_EQ(result.outcome, Outcome::downloaded);
  EXPECT_TRUE(is_whole(at("u/b_1.tar")));
}

TEST_F(PassTest, AnImageThatIsMissingHoldsUpNoOther) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  const auto results = check(std::vector<std::string>{"u/missing:1", "u/i:1"});
  EXPECT_EQ(results[0].failure->kind, Kind::not_found);
  EXPECT_EQ(results[1].outcome, Outcome::downloaded);
}

TEST_F(PassTest, OnlyWhatWasWrittenHereIsPruned) {
  server_.add_image("u/a", "1", {{noise(10, 1)}});
  server_.add_image("v/b", "1", {{noise(10, 2)}});
  options_.prunes = true;
  check(std::vector<std::string>{"u/a:1", "v/b:1"});
  std::ofstream(at("u/foreign_1.tar")) << "theirs";
  check("u/a:1");
  EXPECT_THAT(files(), ElementsAre("u/a_1.tar", "u/foreign_1.tar"));
  EXPECT_FALSE(fs::exists(at("v")));
  EXPECT_FALSE(fs::exists(at("127.0.0.1_" + server_.domain().substr(10))) &&
               fs::is_symlink(at("127.0.0.1_" + server_.domain().substr(10) + "/v/b.tar")));
}

// As it is for a moment where an editor writes it anew.
TEST_F(PassTest, AnEmptyListPrunesNothing) {
  server_.add_image("u/a", "1", {{noise(10, 1)}});
  options_.prunes = true;
  check("u/a:1");
  EXPECT_THAT(check(std::vector<std::string>()), IsEmpty());
  EXPECT_THAT(files(), ElementsAre("u/a_1.tar"));
}

TEST_F(PassTest, TheRecordKnowsWhichListWasChecked) {
  server_.add_image("u/a", "1", {{noise(10, 1)}});
  check("u/a:1");
  auto list = [this](const std::vector<std::string>& images) {
    options_.images.clear();
    for (const auto& each : images) options_.images.push_back(server_.name(each));
    return key_of_list(read_inputs(options_, {})->images, options_.settings);
  };
  const auto recorded = Folder::open(path_)->read_record().list;
  EXPECT_EQ(recorded, list({"u/a:1"}));
  EXPECT_NE(recorded, list({"u/a:1", "u/never:1"}));
}

TEST_F(PassTest, WithoutItsRecordNothingOfOthersIsPrunedAndNothingFetchedAgain) {
  server_.add_image("u/a", "1", {{noise(10, 1)}});
  server_.add_image("u/b", "1", {{noise(10, 2)}});
  options_.prunes = true;
  check(std::vector<std::string>{"u/a:1", "u/b:1"});
  fs::remove(at(".kubernetes-image-puller/archives.json"));
  const auto blobs = server_.count("GET /v2/u/a/blobs/");
  EXPECT_EQ(check("u/a:1").outcome, Outcome::up_to_date);
  EXPECT_EQ(server_.count("GET /v2/u/a/blobs/"), blobs);
  EXPECT_THAT(files(), ElementsAre("u/a_1.tar", "u/b_1.tar")) << "nobody knows whose u/b is";
}

TEST_F(PassTest, AFileThatSomebodyPutInThePlaceOfAnArchiveIsNotPruned) {
  server_.add_image("u/a", "1", {{noise(10, 1)}});
  server_.add_image("u/b", "1", {{noise(10, 2)}});
  options_.prunes = true;
  check(std::vector<std::string>{"u/a:1", "u/b:1"});
  fs::remove(at("u/b_1.tar"));
  std::ofstream(at("u/b_1.tar")) << "theirs";
  check("u/a:1");
  EXPECT_EQ(text_of(at("u/b_1.tar")), "theirs");
}

TEST_F(PassTest, AfterAFailureNothingIsPruned) {
  server_.add_image("u/b", "1", {{noise(10, 2)}});
  options_.prunes = true;
  check("u/b:1");
  EXPECT_TRUE(check("u/missing:1").failure);
  EXPECT_THAT(files(), ElementsAre("u/b_1.tar"));
}

TEST_F(PassTest, ImagesThatWouldShareAFileAreRefusedByName) {
  server_.add_image("p/u/i", "1", {{noise(10, 1)}});
  EXPECT_EQ(check(std::vector<std::string>{"p/u/i:1", "q/u/i:1"}).size(), 1U);
  EXPECT_THAT(bad_entries_, ElementsAre(HasSubstr("only the first is written")));
}

TEST_F(PassTest, WhatWouldPassTheLimitIsNotBegun) {
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

TEST_F(PassTest, ALinkInThePlaceOfAFolderLeadsNowhere) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  fs::create_directory(at("elsewhere"));
  fs::create_directory_symlink(at("elsewhere"), at("u"));
  try_once();
  EXPECT_THAT(check("u/i:1").failure->message, HasSubstr("cannot be used as a folder"));
  EXPECT_TRUE(fs::is_empty(at("elsewhere")));
}

TEST_F(PassTest, TheOldNameIsALinkThatLeadsToTheArchive) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  check("u/i:1");
  std::string old = server_.domain();
  std::replace(old.begin(), old.end(), ':', '_');
  EXPECT_EQ(text_of(at(old + "/u/i.tar")), text_of(at("u/i_1.tar")));
}

TEST_F(PassTest, ASecondProcessWaitsForTheFirst) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  std::optional<File> theirs;
  {
    auto folder = Folder::open(path_);
    ASSERT_TRUE(folder);
    auto taken = folder->lock();
    ASSERT_TRUE(taken && *taken);
    theirs = std::move(**taken);
  }
  const auto release = loop_.after(1500ms, [&] {
    EXPECT_THAT(files(), IsEmpty());
    theirs.reset();
  });
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
}

TEST(Folders, AFileOrAPlaceThatCannotBeWrittenIsSaid) {
  const std::string file = "/tmp/kip-archive-file-" + std::to_string(getpid());
  std::ofstream(file) << "x";
  EXPECT_THAT(Folder::open(file).error().message, HasSubstr("Not a directory"));
  fs::remove(file);
  EXPECT_FALSE(Folder::open("/proc/archives"));
}

}  // namespace
}  // namespace kip::archive
