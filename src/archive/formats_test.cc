// What is read of others' texts and files, and what is written for others to read.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/age.h"
#include "archive/layout.h"
#include "archive/record.h"
#include "archive/tar.h"
#include "archive/testing/image_server.h"

namespace kip::archive {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string a(64, 'a'), b(64, 'b');

json descriptor(const std::string& type, const std::string& hex, std::uint64_t size = 10) {
  return {{"mediaType", type}, {"digest", "sha256:" + hex}, {"size", size}};
}
json with_platform(json entry, const std::string& architecture, const std::string& variant = "") {
  entry["platform"] = {{"os", "linux"}, {"architecture", architecture}, {"variant", variant}};
  return entry;
}
constexpr const char* manifest_type = ImageServer::manifest_type;

TEST(Index, GivesTheImageOfThePlatformWithTheBestVariant) {
  const json index = {{"manifests",
                       {with_platform(descriptor(manifest_type, a), "arm", "v6"),
                        with_platform(descriptor(manifest_type, b), "arm", "v7"),
                        with_platform(descriptor(manifest_type, std::string(64, 'c')), "amd64")}}};
  const auto found = candidates(index.dump(), *types::parse_platform("linux/arm/v7"));
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->front().digest.hex(), b);
  EXPECT_EQ(
      candidates(index.dump(), *types::parse_platform("arm/v6")).error(),
      std::string("has no image for arm/v6, but for linux/arm/v6, linux/arm/v7, linux/amd64"));
}

TEST(Index, WithoutThePlatformSaysWhatItHas) {
  const json index = {{"manifests",
                       {with_platform(descriptor(manifest_type, a), "arm64"),
                        {{"mediaType", manifest_type},
                         {"digest", "sha256:" + b},
                         {"size", 1},
                         {"platform", {{"os", "unknown"}, {"architecture", "unknown"}}}}}}};
  EXPECT_EQ(candidates(index.dump(), *types::parse_platform("linux/amd64")).error(),
            "has no image for linux/amd64, but for linux/arm64");
  EXPECT_FALSE(candidates("no JSON", *types::parse_platform("linux/amd64")));
}

json image_manifest(const std::string& layer_type) {
  return {{"config", descriptor("application/vnd.oci.image.config.v1+json", a)},
          {"layers", {descriptor(layer_type, b)}}};
}

TEST(Manifest, OfWhatCannotBeArchivedIsRefusedByName) {
  const auto refused = [](const json& manifest) {
    const auto parsed = parse_image_manifest(manifest.dump(), manifest_type);
    return parsed ? "" : parsed.error();
  };
  EXPECT_EQ(refused(image_manifest("application/vnd.oci.image.layer.v1.tar+gzip")), "");
  EXPECT_THAT(
      refused(image_manifest("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")),
      HasSubstr(
          "layer 1 of the type \"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\", "
          "which registries do not distribute"));
  EXPECT_THAT(refused(image_manifest("application/vnd.oci.image.layer.v1.tar+encrypted")),
              HasSubstr("expected plain, gzip or zstd tar"));
  json artifact = image_manifest("application/vnd.oci.image.layer.v1.tar");
  artifact["config"]["mediaType"] = "application/vnd.oci.empty.v1+json";
  EXPECT_THAT(refused(artifact), HasSubstr("is not of a container image"));
  EXPECT_THAT(refused({{"layers", json::array()}}), HasSubstr("names no configuration"));
  json large = image_manifest("application/vnd.oci.image.layer.v1.tar");
  large["layers"][0]["size"] = -1;
  EXPECT_THAT(refused(large), HasSubstr("layer 1 without sha256 digest or size"));
  json longer = image_manifest("application/vnd.oci.image.layer.v1.tar");
  longer["layers"][0]["digest"] = "sha512:" + std::string(128, 'c');
  EXPECT_THAT(refused(longer), HasSubstr("layer 1 without sha256 digest or size"))
      << "its path does not fit into the header of a tar entry";
}

TEST(Mismatch, OfLayersAndConfigurationIsSaidBeforeTheyAreFetched) {
  const auto digest = [](const std::string& hex) { return *types::parse_digest("sha256:" + hex); };
  const auto found = [&](Packing packing, const std::string& layer, const std::string& unpacked) {
    const ImageManifest manifest{manifest_type, {digest(a)}, {{{digest(layer)}, packing}}};
    return mismatch(manifest, {{}, {digest(unpacked)}}).value_or("");
  };
  const std::string c(64, 'c');
  EXPECT_EQ(found(Packing::plain, b, b), "");
  EXPECT_EQ(found(Packing::gzip, b, c), "");
  EXPECT_EQ(found(Packing::zstd, b, c), "");
  EXPECT_THAT(found(Packing::plain, b, c), HasSubstr("layer 1"));
  EXPECT_THAT(found(Packing::gzip, b, b), HasSubstr("for the packed one"));
  EXPECT_THAT(found(Packing::zstd, b, b), HasSubstr("for the packed one"))
      << "it would wait for itself";
  EXPECT_EQ(found(Packing::gzip, a, c), "is layer 1 as well");
}

TEST(Configuration, HasADiffIdForEachLayer) {
  const std::string text = R"({"rootfs":{"diff_ids":["sha256:)" + a + R"("]}})";
  EXPECT_TRUE(parse_image_config(text, 1));
  EXPECT_EQ(parse_image_config(text, 2).error(), "has 1 diff_ids for 2 layers");
  EXPECT_FALSE(parse_image_config(R"({"rootfs":{"diff_ids":["../../etc/passwd"]}})", 1));
  const std::string longer = R"({"rootfs":{"diff_ids":["sha512:)" + a + a + R"("]}})";
  EXPECT_EQ(parse_image_config(longer, 1).error(), "has a diff_id that is no sha256 digest");
}

TEST(Age, DecidesWhetherARegistryIsAsked) {
  const WallTime now{1000h};
  EXPECT_FALSE(is_due(now - 23h, now, 24h));
  EXPECT_TRUE(is_due(now - 24h, now, 24h));
  EXPECT_TRUE(is_due(now, now, 0h)) << "0: always";
  EXPECT_FALSE(is_due(now - 10000h, now, std::nullopt)) << "never";
  EXPECT_TRUE(is_due(now + 1h, now, 24h)) << "from the future";
}

TEST(Record, IsReadAsItWasWritten) {
  Record record;
  record.finished = WallTime{5000h};
  record.archives["u/i_1.tar"] = {"u/i:1", "linux/amd64", "mark", "sha256:" + a, "h_5/i.tar", 7, 9};
  EXPECT_EQ(parse_record(to_text(record)), record);
}

TEST(Record, OfOthersLeadsNowhereOutside) {
  for (const char* path : {"../x", "/etc/passwd", "a/../../x", "", "a//b", ".hidden/x", "a/"}) {
    const json text = {{"archives", {{path, {{"bytes", 1}}}}}};
    EXPECT_TRUE(parse_record(text.dump()).archives.empty()) << path;
    const json link = {{"archives", {{"a.tar", {{"link", path}}}}}};
    EXPECT_EQ(parse_record(link.dump()).archives.size(), *path == '\0' ? 1U : 0U) << path;
  }
  EXPECT_EQ(parse_record("[1,"), Record());
}

int memory_file(const std::string& bytes) {
  const int fd = memfd_create("test", 0);
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return fd;
}

TEST(Tar, HeadersAreReadAsTheyWereWritten) {
  const std::string path = "blobs/sha256/" + a;
  std::string bytes = tar_header(path, 3) + "abc" + std::string(509, '\0') +
                      tar_header("index.json", 0) + tar_end();
  const int fd = memory_file(bytes);
  const auto entries = tar_entries(fd);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_THAT(*entries, ElementsAre(TarEntry{path, 512, 3}, TarEntry{"index.json", 1536, 0}));
  close(fd);
  for (const std::uint64_t size : {0ULL, 511ULL, (8ULL << 30U) - 1, 8ULL << 30U, 1ULL << 45U}) {
    const auto header = tar_header(path, size);
    EXPECT_EQ(header.size(), tar_header_bytes);
    EXPECT_EQ(size_in_header(header), size);
  }
  EXPECT_EQ(size_in_header(std::string(512, '\0')), std::nullopt);
}

Contents contents(Packing packing) {
  const auto digest = [](const std::string& hex) { return *types::parse_digest("sha256:" + hex); };
  const std::string type = packing == Packing::zstd ? "application/vnd.oci.image.layer.v1.tar+zstd"
                                                    : "application/vnd.oci.image.layer.v1.tar+gzip";
  const std::string c(64, 'c'), d(64, 'd');
  const Descriptor config{digest(a), 5, "application/vnd.oci.image.config.v1+json"};
  const Descriptor layer{digest(b), 10, type};
  const json body = {{"schemaVersion", 2},
                     {"config", descriptor(config.media_type, a, 5)},
                     {"layers", {descriptor(type, b), descriptor(type, b)}}};
  return contents_of({digest(c), body.dump().size(), manifest_type}, body.dump(),
                     {manifest_type, config, {{layer, packing}, {layer, packing}}},
                     {{"linux", "amd64", ""}, {digest(d), digest(d)}});
}

TEST(Layout, HasEachBlobOnceAndTheRegistrysManifestAsItIs) {
  const auto gzip = contents(Packing::gzip);
  ASSERT_EQ(gzip.blobs.size(), 2U);
  EXPECT_EQ(gzip.blobs[1].path(), "blobs/sha256/" + b);
  const auto name =
      archive_name(*types::parse_image_reference("h:5/u/i:1"), Format::docker_archive);
  const auto documents = documents_of(gzip, name, Format::docker_archive);
  ASSERT_EQ(documents.size(), 4U);
  EXPECT_EQ(documents[0].body, gzip.body);
  const json manifest = parse_json(documents[3].body)[0];
  EXPECT_EQ(manifest["RepoTags"], json({"h:5/u/i:1"}));
  EXPECT_EQ(manifest["Layers"], json({"blobs/sha256/" + b, "blobs/sha256/" + b}));
  EXPECT_EQ(find_mark(documents[2].body)->mark,
            mark_of(gzip.source.digest, name, Format::docker_archive));
  EXPECT_EQ(documents_of(gzip, name, Format::oci_archive).size(), 3U);
}

TEST(Layout, NamesAnUnpackedLayerAsWhatItIs) {
  auto zstd = contents(Packing::zstd);
  zstd.blobs[1].size = 1234;
  EXPECT_EQ(zstd.blobs[1].digest.hex(), std::string(64, 'd'));
  const auto name =
      archive_name(*types::parse_image_reference("u/i@sha256:" + a), Format::docker_archive);
  const auto documents = documents_of(zstd, name, Format::docker_archive);
  const json manifest = parse_json(documents[0].body);
  EXPECT_EQ(manifest["layers"][1]["mediaType"], "application/vnd.oci.image.layer.v1.tar");
  EXPECT_EQ(manifest["layers"][1]["size"], 1234);
  EXPECT_EQ(manifest["layers"][0]["digest"], "sha256:" + std::string(64, 'd'));
  EXPECT_EQ(documents[0].path, "blobs/sha256/" + digest_of(documents[0].body).substr(7));
  EXPECT_TRUE(parse_json(documents[3].body)[0]["RepoTags"].is_null()) << "a digest is all";
}

TEST(Mark, OfOthersIsNone) {
  for (const char* text :
       {"", "{}", R"({"manifests":[{}]})", R"({"manifests":[1,2]})",
        R"({"manifests":[{"annotations":{"io.github.kubernetes-image-puller.archive":1}}]})"})
    EXPECT_FALSE(find_mark(text)) << text;
}

}  // namespace
}  // namespace kip::archive
