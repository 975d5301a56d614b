// Checks of a whole list, against a registry that behaves as badly as a test tells it to.
#include "archive/testing/pass_fixture.h"

namespace kip::archive {
namespace {

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
  const PushedLayer shared{noise(300000, 1)};
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
  const PushedLayer kept{noise(200000, 1)};
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
  const PushedLayer zstd{zstd_of_hello, "hello", zstd_type};
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
  server_.add_image("u/a", "1", {{zstd_of_hello, "other", zstd_type}});
  server_.add_image("u/b", "1", {{"no zstd", "other", zstd_type}});
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
  const PushedLayer shared{noise(100000, 1)};
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
  const auto recorded = Folder::open(path_)->own().read_record().list;
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

TEST_F(PassTest, WhatIsYoungIsNotAskedForThoughItsRecordIsLostOrItsTimeWasChanged) {
  const auto digest = server_.add_image("u/i", "1", {{noise(10, 1)}});
  const std::vector<std::string> images = {"u/i:1", "u/i@" + digest};
  options_.settings.age_limit = 24h;
  check(images);
  const auto before = server_.requests().size();
  fs::remove(at(".kubernetes-image-puller/archives.json"));
  for (const auto& result : check(images)) EXPECT_EQ(result.outcome, Outcome::up_to_date);
  fs::last_write_time(at("u/i_1.tar"), fs::file_time_type::clock::now() - 1h);
  EXPECT_EQ(check("u/i:1").outcome, Outcome::up_to_date);
  EXPECT_EQ(server_.requests().size(), before);
  options_.settings.platform = {.architecture = "arm64"};
  try_once();
  fs::remove(at(".kubernetes-image-puller/archives.json"));
  check("u/i:1");
  EXPECT_GT(server_.requests().size(), before) << "it is of another platform";
}

TEST_F(PassTest, AnotherDigestBehindTheSameTagIsBuiltThoughTheFileIsYoung) {
  options_.settings.age_limit = 24h;
  const auto first = server_.add_image("u/i", "1", {{noise(10, 1)}});
  check("u/i:1@" + first);
  const auto second = server_.add_image("u/i", "1", {{noise(10, 2)}});
  const auto result = check("u/i:1@" + second);
  EXPECT_EQ(result.outcome, Outcome::downloaded)
      << result.failure.value_or(runtime::Failure()).message;
  EXPECT_EQ(result.digest, second);
}

TEST_F(PassTest, RebuildIsForDigestsToo) {
  const auto digest = server_.add_image("u/i", "1", {{noise(10, 1)}});
  const std::string image = "u/i@" + digest;
  check(image);
  const auto file = at(files().at(0));
  const auto before = text_of(file);
  const auto when = fs::last_write_time(file);
  std::fstream(file, std::ios::in | std::ios::out).seekp(600) << "spoilt";
  fs::last_write_time(file, when);
  options_.settings.is_rebuilt = true;
  EXPECT_FALSE(check(image).failure);
  EXPECT_EQ(text_of(file), before);
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

}  // namespace
}  // namespace kip::archive
