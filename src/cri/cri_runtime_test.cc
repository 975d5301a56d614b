#include "cri/cri_runtime.h"

#include <optional>

#include "cri/testing/cri_test.h"

namespace kip::cri {
namespace {

using testing::FakeRuntime;
using testing::reference;
using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;

class CriRuntimeTest : public testing::CriTest {
 protected:
  template <class T, class Call>
  Result<T, runtime::Failure> wait(Call call) {
    std::optional<Result<T, runtime::Failure>> got;
    const auto handle = call([&](const auto& answer) { got.emplace(answer); });
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }

  CriRuntime of_{loop_, channel_, "i"};
};

api::Image image(const std::string& id) {
  api::Image made;
  made.set_id(id);
  made.set_size(123);
  made.add_repo_tags("r.test/a:1");
  made.add_repo_digests("other.test/b@sha256:bb");
  made.add_repo_digests("r.test/a@sha256:aa");
  made.set_pinned(true);
  return made;
}

TEST_F(CriRuntimeTest, SaysWhatItIs) {
  api::VersionResponse response;
  response.set_runtime_name("containerd");
  response.set_runtime_version("v2.2.1");
  runtime_.on(method::version, FakeRuntime::answer(response));
  EXPECT_EQ(*wait<std::string>([&](auto done) { return of_.version(done); }), "containerd 2.2.1");
}

TEST_F(CriRuntimeTest, LooksAtAnImageByTheNameThatTheKubeletGives) {
  api::ImageStatusResponse response;
  *response.mutable_image() = image("sha256:id");
  runtime_.on(method::image_status, FakeRuntime::answer(response));
  const auto found = wait<std::optional<runtime::Image>>(
      [&](auto done) { return of_.look(reference("r.test/a"), done); });
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, (runtime::Image{"sha256:id", "sha256:aa", 123, {"r.test/a:1"}, true}));
  EXPECT_EQ(runtime_.asked(method::image_status)[0].as<api::ImageStatusRequest>().image().image(),
            "r.test/a:latest");
}

TEST_F(CriRuntimeTest, AnImageThatIsNotThereIsNoFailure) {
  runtime_.on(method::image_status, FakeRuntime::answer(api::ImageStatusResponse()));
  const auto found = wait<std::optional<runtime::Image>>(
      [&](auto done) { return of_.look(reference("r.test/a:1"), done); });
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
}

TEST_F(CriRuntimeTest, ListsWhatTheNodeHas) {
  api::ListImagesResponse response;
  *response.add_images() = image("sha256:1");
  *response.add_images() = image("sha256:2");
  runtime_.on(method::list_images, FakeRuntime::answer(response));
  const auto all =
      wait<std::vector<runtime::Image>>([&](auto done) { return of_.list(30s, done); });
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[1].id, "sha256:2");
  EXPECT_EQ((*all)[1].digest, "sha256:bb");
}

TEST_F(CriRuntimeTest, AListHasItsTime) {
  runtime_.on(method::list_images, {.never = true});
  const auto answer =
      wait<std::vector<runtime::Image>>([&](auto done) { return of_.list(100ms, done); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::timeout);
}

TEST_F(CriRuntimeTest, SaysWhereImagesAre) {
  api::ImageFsInfoResponse response;
  auto& usage = *response.add_image_filesystems();
  usage.mutable_fs_id()->set_mountpoint("/var/lib/containerd");
  runtime_.on(method::image_fs_info, FakeRuntime::answer(response));
  const auto found = wait<std::optional<std::string>>([&](auto done) { return of_.store(done); });
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, "/var/lib/containerd");
}

TEST_F(CriRuntimeTest, LayersThatContainerdHasAreNotLacking) {
  runtime_.on(method::blob_info, [](const content::InfoRequest& request) {
    if (request.digest() != "sha256:there")
      return FakeRuntime::refuse(Code::not_found, "not found");
    content::InfoResponse response;
    response.mutable_info()->set_digest(request.digest());
    return FakeRuntime::answer(response);
  });
  const auto found = wait<std::vector<std::string>>([&](auto done) {
    return of_.lacking({"sha256:1", "sha256:there", "sha256:2"}, done);
  });
  EXPECT_EQ(*found, (std::vector<std::string>{"sha256:1", "sha256:2"}));
}

TEST_F(CriRuntimeTest, ARuntimeThatIsNotContainerdLacksAllAsFarAsItTells) {
  const auto found = wait<std::vector<std::string>>([&](auto done) {
    return of_.lacking({"sha256:1", "sha256:2"}, done);
  });
  EXPECT_EQ(found->size(), 2U);
  EXPECT_EQ(runtime_.asked(method::blob_info).size(), 1U);
}

TEST_F(CriRuntimeTest, ARuntimeThatIsGoneIsSaidToBe) {
  runtime_.stop();
  const auto answer =
      wait<std::vector<runtime::Image>>([&](auto done) { return of_.list(30s, done); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::runtime_gone);
}

}  // namespace
}  // namespace kip::cri
