#include "cri/pins.h"

#include <optional>

#include "cri/testing/cri_test.h"

namespace kip::cri {
namespace {

using ::testing::ElementsAre;
using testing::FakeRuntime;
using ::testing::UnorderedElementsAre;
using Outcome = Pins::Outcome;

constexpr const char* pinned = "io.cri-containerd.pinned";

// Records as containerd keeps them: it changes what the mask names, and drops empty values.
class PinsTest : public testing::CriTest {
 protected:
  void SetUp() override {
    runtime_.on(method::get_record, [this](const images::GetImageRequest& request) {
      const auto found = records_.find(request.name());
      if (found == records_.end()) return FakeRuntime::refuse(Code::not_found, "no such image");
      images::GetImageResponse response;
      *response.mutable_image() = found->second;
      return FakeRuntime::answer(response);
    });
    runtime_.on(method::update_record, [this](const images::UpdateImageRequest& request) {
      if (!request.image().has_target())
        return FakeRuntime::refuse(Code::internal, "containerd would have crashed");
      auto& record = records_[request.image().name()];
      for (const auto& path : request.update_mask().paths()) {
        const auto label = path.substr(std::string("labels.").size());
        const auto value = request.image().labels().find(label);
        record.mutable_labels()->erase(label);
        if (value != request.image().labels().end())
          (*record.mutable_labels())[label] = value->second;
      }
      images::UpdateImageResponse response;
      *response.mutable_image() = record;
      return FakeRuntime::answer(response);
    });
    runtime_.on(method::list_records, [this](const images::ListImagesRequest&) {
      images::ListImagesResponse response;
      for (const auto& [name, record] : records_) *response.add_images() = record;
      return FakeRuntime::answer(response);
    });
  }

  void have(const std::string& id) {
    const auto lock = runtime_.lock();
    auto& record = records_[id];
    record.set_name(id);
    record.mutable_target()->set_digest("sha256:manifest");
    (*record.mutable_labels())["io.cri-containerd.image"] = "managed";
  }
  bool is_pinned(const std::string& id) {
    const auto lock = runtime_.lock();
    const auto& labels = records_[id].labels();
    return labels.contains(pinned) && labels.at(pinned) == "pinned";
  }

  using Answer = Result<Outcome, runtime::Failure>;
  std::optional<Answer> wait(const std::function<HandlePtr(Pins::OnOutcome)>& call) {
    std::optional<Answer> got;
    const auto handle = call([&](const Answer& answer) { got.emplace(answer); });
    EXPECT_FALSE(got.has_value());
    run_until([&] { return got.has_value(); });
    return got;
  }
  Outcome pin(Pins& pins, const std::string& id) {
    return *wait([&](auto done) { return pins.pin(id, done); }).value();
  }
  Outcome unpin(Pins& pins, const std::string& id) {
    return *wait([&](auto done) { return pins.unpin(id, done); }).value();
  }
  Result<Pins::Held, runtime::Failure> list(Pins& pins) {
    std::optional<Result<Pins::Held, runtime::Failure>> got;
    const auto handle = pins.list([&](const auto& answer) { got.emplace(answer); });
    run_until([&] { return got.has_value(); });
    return got.value();
  }

  std::map<std::string, images::Image> records_;  // guarded by the fake's mutex
};

TEST_F(PinsTest, AnImageStaysPinnedUntilTheLastInstanceLetsGo) {
  have("sha256:1");
  have("sha256:2");
  Pins a(channel_, "a"), b(channel_, "b");
  EXPECT_EQ(pin(a, "sha256:1"), Outcome::done);
  EXPECT_EQ(pin(a, "sha256:2"), Outcome::done);
  EXPECT_EQ(pin(b, "sha256:1"), Outcome::done);
  EXPECT_THAT(list(a)->images, UnorderedElementsAre("sha256:1", "sha256:2"));
  EXPECT_THAT(list(b)->images, ElementsAre("sha256:1"));
  EXPECT_EQ(unpin(a, "sha256:1"), Outcome::done);
  EXPECT_TRUE(is_pinned("sha256:1"));
  EXPECT_EQ(unpin(b, "sha256:1"), Outcome::done);
  EXPECT_FALSE(is_pinned("sha256:1"));
  EXPECT_TRUE(is_pinned("sha256:2"));
  EXPECT_THAT(list(a)->images, ElementsAre("sha256:2"));
  EXPECT_TRUE(list(b)->images.empty());
  EXPECT_EQ(runtime_.asked(method::list_records)[0].as<images::ListImagesRequest>().filters(0),
            "labels.\"image-puller-agent/pin.a\"");
}

TEST_F(PinsTest, WhatIsPinnedAlreadyIsNotWrittenAgain) {
  have("sha256:1");
  Pins a(channel_, "a");
  pin(a, "sha256:1");
  EXPECT_EQ(pin(a, "sha256:1"), Outcome::done);
  EXPECT_EQ(runtime_.asked(method::update_record).size(), 1U);
}

TEST_F(PinsTest, AnImageThatTheNodeDoesNotHaveIsSaidToBeAbsent) {
  Pins a(channel_, "a");
  EXPECT_EQ(pin(a, "sha256:1"), Outcome::absent);
  EXPECT_EQ(unpin(a, "sha256:1"), Outcome::absent);
}

TEST_F(PinsTest, ARuntimeThatIsNotContainerdCannotPin) {
  const auto unknown = FakeRuntime::refuse(Code::unimplemented, "unknown service");
  runtime_.on(method::get_record, unknown);
  runtime_.on(method::list_records, unknown);
  Pins a(channel_, "a");
  EXPECT_EQ(pin(a, "sha256:1"), Outcome::impossible);
  EXPECT_EQ(unpin(a, "sha256:1"), Outcome::impossible);
  EXPECT_FALSE(list(a)->is_possible);
}

TEST_F(PinsTest, ARuntimeThatIsGoneIsAFailure) {
  have("sha256:1");
  runtime_.stop();
  Pins a(channel_, "a");
  const auto answer = wait([&](auto done) { return a.pin("sha256:1", done); });
  ASSERT_TRUE(answer && !answer->ok());
  EXPECT_EQ(answer->error().kind, runtime::Failure::Kind::runtime_gone);
}

// Between the first instance's reading and its writing.
TEST_F(PinsTest, APinThatAnotherInstanceSetMeanwhileIsRepaired) {
  have("sha256:1");
  Pins a(channel_, "a"), b(channel_, "b");
  pin(a, "sha256:1");
  runtime_.on(method::get_record, [this](const images::GetImageRequest& request) {
    images::GetImageResponse response;
    *response.mutable_image() = records_[request.name()];
    (*records_[request.name()].mutable_labels())["image-puller-agent/pin.b"] = "true";
    return FakeRuntime::answer(response);
  });
  EXPECT_EQ(unpin(a, "sha256:1"), Outcome::done);
  EXPECT_TRUE(is_pinned("sha256:1"));
}

}  // namespace
}  // namespace kip::cri
