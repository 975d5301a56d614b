// Places in the folder, and what others did to it.
#include <algorithm>

#include <sys/stat.h>

#include "archive/testing/pass_fixture.h"

namespace kip::archive {
namespace {

class Places : public PassTest {
 protected:
  // "127.0.0.1_5000": what the chart before ours made of a registry with a port.
  std::string old_folder() const {
    std::string name = server_.domain();
    std::replace(name.begin(), name.end(), ':', '_');
    return name;
  }
  bool is_link(const std::string& file) const { return fs::is_symlink(at(file)); }
};

TEST_F(Places, ALinkInThePlaceOfAFolderLeadsNowhere) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  fs::create_directory(at("elsewhere"));
  fs::create_directory_symlink(at("elsewhere"), at("u"));
  try_once();
  EXPECT_THAT(check("u/i:1").failure->message, HasSubstr("cannot be used as a folder"));
  EXPECT_TRUE(fs::is_empty(at("elsewhere")));
  EXPECT_THAT(server_.requests(), IsEmpty()) << "before anything is asked for";
}

TEST_F(Places, TheOldNameIsALinkThatLeadsToTheArchive) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  check("u/i:1");
  std::string old = server_.domain();
  std::replace(old.begin(), old.end(), ':', '_');
  EXPECT_EQ(text_of(at(old + "/u/i.tar")), text_of(at("u/i_1.tar")));
}

TEST_F(Places, ASecondProcessWaitsForTheFirst) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  std::optional<File> theirs;
  {
    auto folder = Folder::open(path_);
    ASSERT_TRUE(folder);
    auto taken = folder->own().lock();
    ASSERT_TRUE(taken && *taken);
    theirs = std::move(**taken);
  }
  const auto release = loop_.after(1500ms, [&] {
    EXPECT_THAT(files(), IsEmpty());
    theirs.reset();
  });
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
}

TEST_F(Places, AFileOrAPlaceThatCannotBeWrittenIsSaid) {
  const std::string file = "/tmp/kip-archive-file-" + std::to_string(getpid());
  std::ofstream(file) << "x";
  EXPECT_THAT(Folder::open(file).error().message, HasSubstr("Not a directory"));
  fs::remove(file);
  EXPECT_FALSE(Folder::open("/proc/archives"));
}

TEST_F(Places, AFolderInThePlaceOfAnArchiveOrItsLinkIsSaidBeforeAnythingIsAskedFor) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  server_.add_image("u/j", "1", {{noise(10, 1)}});
  fs::create_directories(at("u/i_1.tar"));
  fs::create_directories(at(old_folder() + "/u/j.tar"));
  try_once();
  const auto results = check(std::vector<std::string>{"u/i:1", "u/j:1"});
  for (const auto& result : results)
    EXPECT_THAT(result.failure->message, HasSubstr(".tar is a folder"));
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_FALSE(fs::exists(at("u/j_1.tar")));
}

TEST_F(Places, ANameThatNoFileCanHaveIsRefusedBeforeAnythingIsAskedFor) {
  const std::string name(150, 'n'), tag(120, 't');
  server_.add_image("u/" + name, tag, {{noise(10, 1)}});
  EXPECT_THAT(check(std::vector<std::string>{"u/" + name + ":" + tag}), IsEmpty());
  EXPECT_THAT(bad_entries_, ElementsAre(HasSubstr("a file's name has at most 255")));
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(Places, ALinkGoesWithItsArchiveThatSomebodyRemoved) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  server_.add_image("v/j", "1", {{noise(10, 1)}});
  options_.prunes = true;
  check(std::vector<std::string>{"u/i:1", "v/j:1"});
  ASSERT_TRUE(is_link(old_folder() + "/v/j.tar"));
  fs::remove(at("v/j_1.tar"));
  check("u/i:1");
  EXPECT_FALSE(is_link(old_folder() + "/v/j.tar"));
  EXPECT_TRUE(is_link(old_folder() + "/u/i.tar"));
}

TEST_F(Places, ALinkMovesWithTheNameAndOneThatLeadsElsewhereStays) {
  const auto folder = Folder::open(path_);
  ASSERT_TRUE(folder->move_link("", "h_5/u/i.tar", "u/i_1.tar"));
  EXPECT_EQ(fs::read_symlink(at("h_5/u/i.tar")), "../../u/i_1.tar");
  ASSERT_TRUE(folder->move_link("h_5/u/i.tar", "u/i_1@sha256.tar", "u/i_1.tar"));
  EXPECT_FALSE(fs::exists(at("h_5")));
  EXPECT_TRUE(is_link("u/i_1@sha256.tar"));
  ASSERT_TRUE(folder->move_link("u/i_1@sha256.tar", "", "i_1.tar")) << "the end of its name only";
  EXPECT_TRUE(is_link("u/i_1@sha256.tar"));
}

TEST_F(Places, APipeInThePlaceOfTheRecordHoldsUpNobody) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  fs::create_directory(at(".kubernetes-image-puller"));
  for (const char* name : {"archives.json", "archives.json.new"})
    ASSERT_EQ(mkfifo(at(std::string(".kubernetes-image-puller/") + name).c_str(), 0644), 0);
  EXPECT_EQ(check("u/i:1").outcome, Outcome::downloaded);
  EXPECT_FALSE(Folder::open(path_)->own().read_record().archives.empty());
}

TEST_F(Places, AnyUserMayReadWhateverTheMaskIs) {
  server_.add_image("u/i", "1", {{noise(10, 1)}});
  path_ += "/below";
  options_.path = path_;
  const auto before = umask(077);
  check("u/i:1");
  umask(before);
  const auto mode = [](const fs::path& path) {
    return static_cast<int>(fs::status(path).permissions());
  };
  EXPECT_EQ(mode(path_), 0755);
  EXPECT_EQ(mode(at("u")), 0755);
  EXPECT_EQ(mode(at("u/i_1.tar")), 0644);
  EXPECT_EQ(mode(at(".kubernetes-image-puller/archives.json")), 0644);
}

TEST_F(Places, AFolderThatIsGoneIsKnownToBe) {
  const auto folder = Folder::open(path_);
  EXPECT_TRUE(folder->is_there());
  fs::remove_all(at(".kubernetes-image-puller"));
  EXPECT_FALSE(folder->is_there());
  const auto again = Folder::open(path_);
  EXPECT_TRUE(again->is_there());
  fs::remove_all(path_);
  EXPECT_FALSE(again->is_there());
  fs::create_directories(path_ + "/.kubernetes-image-puller/partial");
  EXPECT_FALSE(again->is_there()) << "another one";
}

}  // namespace
}  // namespace kip::archive
