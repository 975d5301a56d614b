#include <optional>

#include "cri/cri_runtime.h"
#include "cri/lease.h"
#include "cri/testing/cri_test.h"

namespace kip::cri {
namespace {

using testing::FakeRuntime;
using ::testing::IsEmpty;
using testing::reference;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using Pulled = Result<runtime::Pulled, runtime::Failure>;

class PullTest : public testing::CriTest {
 protected:
  void SetUp() override { runtime_.on(method::pull_image, pulled()); }

  static FakeRuntime::Reply pulled() { return FakeRuntime::answer(api::PullImageResponse()); }
  // What containerd has beside CRI.
  void is_containerd() {
    runtime_.on(method::create_lease, FakeRuntime::answer(leases::CreateResponse()));
    runtime_.on(method::delete_lease, FakeRuntime::answer(leases::DeleteResponse()));
    runtime_.on(method::list_statuses, FakeRuntime::answer(content::ListStatusesResponse()));
  }
  void has_lease_until(WallTime time) {
    runtime_.on(method::create_lease, [this](const leases::CreateRequest&) {
      return std::exchange(has_lease_, false)
                 ? FakeRuntime::refuse(Code::already_exists, "lease: already exists")
                 : FakeRuntime::answer(leases::CreateResponse());
    });
    leases::ListResponse response;
    auto& lease = *response.add_leases();
    lease.set_id(lease_);
    (*lease.mutable_labels())["containerd.io/gc.expire"] = to_rfc3339(time);
    runtime_.on(method::list_leases, FakeRuntime::answer(response));
  }

  HandlePtr begin(std::optional<Pulled>& into, Duration patience = 10s,
                  const registry::Credentials& shown = {}) {
    return of_.pull(
        {image_, shown, patience, since_},
        [this](runtime::Progress now) { progress_.push_back(now); },
        [&into](const Pulled& answer) { into.emplace(answer); });
  }
  Pulled pull(Duration patience = 10s, const registry::Credentials& shown = {}) {
    std::optional<Pulled> got;
    const auto handle = begin(got, patience, shown);
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }
  api::PullImageRequest last_request() {
    return runtime_.asked(method::pull_image).back().as<api::PullImageRequest>();
  }
  std::string last_lease() {
    const auto metadata = runtime_.asked(method::pull_image).back().metadata;
    const auto found = metadata.find("containerd-lease");
    return found == metadata.end() ? "" : found->second;
  }
  bool is_under_way() { return !runtime_.asked(method::pull_image).empty(); }

  WallTime since_{};
  const types::ImageReference image_ = reference("r.test:5000/a/b:1");
  std::vector<runtime::Progress> progress_;
  bool has_lease_ = true;  // guarded by the fake's mutex
  CriRuntime of_{loop_, channel_, "i"};
  const std::string lease_ = Leases(loop_, *channel_, "i").name_for(image_);
};

TEST_F(PullTest, AnonymousPullsShowNoCredentials) {
  EXPECT_TRUE(pull());
  EXPECT_EQ(last_request().image().image(), "r.test:5000/a/b:1");
  EXPECT_FALSE(last_request().has_auth());
}

TEST_F(PullTest, CredentialsGoToTheRuntime) {
  EXPECT_TRUE(pull(10s, {.username = "bob", .password = "s3cret"}));
  EXPECT_EQ(last_request().auth().username(), "bob");
  EXPECT_EQ(last_request().auth().password(), "s3cret");
}

// containerd takes the token only where no name stands beside it.
TEST_F(PullTest, AnIdentityTokenGoesWithoutTheNameBesideIt) {
  EXPECT_TRUE(pull(10s, {.username = "00000000-0000", .identity_token = "t0ken"}));
  EXPECT_EQ(last_request().auth().username(), "");
  EXPECT_EQ(last_request().auth().identity_token(), "t0ken");
}

TEST_F(PullTest, CredentialsAreNeverInAMessage) {
  runtime_.on(method::pull_image,
              FakeRuntime::refuse(static_cast<Code>(2), "401 for Basic Ym9iOnMzY3JldA== (s3cret)"));
  const auto answer = pull(10s, {.username = "bob", .password = "s3cret"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "401 for Basic ***== (***)");
}

TEST_F(PullTest, AFailureHasTheRuntimesWordsAndTheirKind) {
  runtime_.on(method::pull_image,
              FakeRuntime::refuse(Code::not_found, "failed to resolve image: r.test: not found"));
  const auto answer = pull();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::not_found);
  EXPECT_EQ(answer.error().message, "failed to resolve image: r.test: not found");
}

TEST_F(PullTest, PatienceEndsAPull) {
  runtime_.on(method::pull_image, {.never = true});
  const auto answer = pull(200ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::timeout);
  EXPECT_EQ(answer.error().message, "the pull did not end within 200ms");
  EXPECT_TRUE(run_until([&] { return runtime_.cancelled() == 1; }));
}

TEST_F(PullTest, PatienceIsForTheLeaseAndThePullTogether) {
  is_containerd();
  runtime_.on(method::create_lease, {.never = true});
  runtime_.on(method::pull_image, {.never = true});
  const auto begun = loop_.now();
  const auto answer = pull(300ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::timeout);
  EXPECT_LT(loop_.now() - begun, 2s);
}

TEST_F(PullTest, ARuntimeThatGoesAwayInThePullIsSaidToBeGone) {
  runtime_.on(method::pull_image, {.never = true});
  std::optional<Pulled> got;
  const auto handle = begin(got);
  ASSERT_TRUE(run_until([&] { return is_under_way(); }));
  runtime_.stop();
  ASSERT_TRUE(run_until([&] { return got.has_value(); }));
  ASSERT_FALSE(*got);
  EXPECT_EQ(got->error().kind, Kind::runtime_gone);
}

TEST_F(PullTest, ALeaseHoldsWhatAPullBringsUntilItSucceeds) {
  is_containerd();
  EXPECT_TRUE(pull());
  EXPECT_EQ(last_lease(), lease_);
  const auto made = runtime_.asked(method::create_lease)[0].as<leases::CreateRequest>();
  EXPECT_EQ(made.id(), last_lease());
  const auto until = from_rfc3339(made.labels().at("containerd.io/gc.expire"));
  ASSERT_TRUE(until);
  EXPECT_GT(*until, loop_.wall_now() + 50min);
  EXPECT_LT(*until, loop_.wall_now() + 70min);
  EXPECT_EQ(runtime_.asked(method::delete_lease)[0].as<leases::DeleteRequest>().id(), last_lease());
}

TEST_F(PullTest, ACancelledPullLeavesItsLeaseForTheNext) {
  is_containerd();
  runtime_.on(method::pull_image, {.never = true});
  std::optional<Pulled> got;
  auto handle = begin(got);
  ASSERT_TRUE(run_until([&] { return is_under_way(); }));
  handle.reset();
  ASSERT_TRUE(run_until([&] { return runtime_.cancelled() == 1; }));
  EXPECT_FALSE(got.has_value());
  EXPECT_THAT(runtime_.asked(method::delete_lease), IsEmpty());

  has_lease_until(loop_.wall_now() + 30min);
  runtime_.on(method::pull_image, pulled());
  EXPECT_TRUE(pull());
  EXPECT_EQ(last_lease(), lease_);
  EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(1));
}

TEST_F(PullTest, ALeaseThatWouldEndInThePullIsMadeAnew) {
  is_containerd();
  has_lease_until(loop_.wall_now() + 5s);
  EXPECT_TRUE(pull(10s));
  EXPECT_THAT(runtime_.asked(method::create_lease), SizeIs(2));
  EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(2));
  EXPECT_EQ(last_lease(), lease_);
}

TEST_F(PullTest, AFailedPullKeepsItsLeaseOnlyWithSomethingInIt) {
  is_containerd();
  runtime_.on(method::pull_image, FakeRuntime::refuse(static_cast<Code>(2), "dial tcp: no route"));
  leases::ListResourcesResponse holds;
  runtime_.on(method::lease_resources, FakeRuntime::answer(holds));
  EXPECT_FALSE(pull());
  EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(1));
  holds.add_resources()->set_id("layer-sha256:1");
  runtime_.on(method::lease_resources, FakeRuntime::answer(holds));
  EXPECT_FALSE(pull());
  EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(1));
}

TEST_F(PullTest, NothingIsKeptOnAFullDisk) {
  is_containerd();
  runtime_.on(method::pull_image,
              FakeRuntime::refuse(static_cast<Code>(2), "write: no space left on device"));
  EXPECT_FALSE(pull());
  EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(1));
}

// It would never be pulled: containerd goes on behind the bytes that it has.
TEST_F(PullTest, WrongBytesOfARegistryAreNotKeptForTheNextAttempt) {
  is_containerd();
  leases::ListResourcesResponse holds;
  holds.add_resources()->set_id("layer-sha256:1");
  runtime_.on(method::lease_resources, FakeRuntime::answer(holds));
  std::size_t given_back = 0;
  for (const char* words :
       {"failed commit on ref \"layer-sha256:1\": unexpected commit digest sha256:2, expected "
        "sha256:1: failed precondition",
        "failed commit on ref \"layer-sha256:1\": \"layer-sha256:1\" failed size validation: 9 != "
        "3",
        "unexpected status from GET request to http://r.test/v2/a/b/blobs/sha256:1: 416 Requested "
        "Range Not Satisfiable"}) {
    runtime_.on(method::pull_image, FakeRuntime::refuse(static_cast<Code>(2), words));
    EXPECT_FALSE(pull());
    EXPECT_THAT(runtime_.asked(method::delete_lease), SizeIs(++given_back)) << words;
  }
}

// Where one ends, its lease goes, and with it what the other has so far.
TEST_F(PullTest, TwoInstancesHaveLeasesOfTheirOwn) {
  EXPECT_NE(Leases(loop_, *channel_, "j").name_for(image_), lease_);
}

TEST_F(PullTest, ARuntimeThatIsNotContainerdIsAskedOnceForALease) {
  EXPECT_TRUE(pull());
  EXPECT_TRUE(pull());
  EXPECT_EQ(last_lease(), "");
  EXPECT_THAT(runtime_.asked(method::create_lease), SizeIs(1));
}

// Bytes of the layers that the pull's lease holds.
TEST_F(PullTest, ProgressIsToldWhenItMoves) {
  is_containerd();
  runtime_.on(method::pull_image, {.never = true});
  int polls = 0;
  runtime_.on(method::list_statuses, [&polls](const content::ListStatusesRequest&) {
    content::ListStatusesResponse response;
    if (++polls < 3) {
      for (const char* ref : {"layer-sha256:1", "layer-sha256:of-others"}) {
        auto& status = *response.add_statuses();
        status.set_ref(ref);
        status.set_offset(40);
        status.set_total(100);
      }
    }
    return FakeRuntime::answer(response);
  });
  leases::ListResourcesResponse holds;
  auto& resource = *holds.add_resources();
  resource.set_id("layer-sha256:1");
  resource.set_type("ingests");
  runtime_.on(method::lease_resources, FakeRuntime::answer(holds));

  std::optional<Pulled> got;
  const auto begun = loop_.now();
  auto handle = begin(got);
  ASSERT_TRUE(run_until([&] { return progress_.size() == 2; }));
  EXPECT_GE(loop_.now() - begun, 1400ms);  // three polls: at most two a second
  EXPECT_EQ(progress_[0], (runtime::Progress{40, 100}));
  EXPECT_EQ(progress_[1], (runtime::Progress{100, 100}));
  EXPECT_THAT(runtime_.asked(method::lease_resources), SizeIs(1));

  runtime_.release(method::pull_image, pulled());
  ASSERT_TRUE(run_until([&] { return got.has_value(); }));
  EXPECT_TRUE(*got);
  const auto asked = runtime_.asked(method::list_statuses).size();
  run_for(700ms);
  EXPECT_EQ(runtime_.asked(method::list_statuses).size(), asked);  // nothing is pulled
}

// The lease holds what was there before, too. Between two polls a small blob comes and goes.
TEST_F(PullTest, WhatCameSinceTheFirstAttemptIsCountedAtTheEnd) {
  is_containerd();
  leases::ListResourcesResponse holds;
  for (const char* id : {"sha256:old", "sha256:new", "sha256:newer"}) {
    auto& resource = *holds.add_resources();
    resource.set_id(id);
    resource.set_type("content");
  }
  auto& snapshot = *holds.add_resources();
  snapshot.set_id("sha256:chain");
  snapshot.set_type("snapshots/overlayfs");
  runtime_.on(method::lease_resources, FakeRuntime::answer(holds));
  const auto now = loop_.wall_now();
  runtime_.on(method::blob_info, [now](const content::InfoRequest& request) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    content::InfoResponse response;
    response.mutable_info()->set_size(request.digest() == "sha256:old" ? 1000 : 10);
    response.mutable_info()->mutable_created_at()->set_seconds(
        request.digest() == "sha256:old" ? seconds - 100 : seconds + 1);
    return FakeRuntime::answer(response);
  });
  since_ = now;
  const auto answer = pull();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->downloaded, 20U);
  EXPECT_THAT(runtime_.asked(method::blob_info), SizeIs(3));
}

TEST_F(PullTest, WhereBlobsAreNotToldOfNothingIsCounted) {
  is_containerd();
  EXPECT_EQ(pull()->downloaded, std::nullopt);
  runtime_.on(method::create_lease, FakeRuntime::refuse(Code::unimplemented, "unknown service"));
  EXPECT_EQ(pull()->downloaded, std::nullopt);
}

TEST_F(PullTest, ARuntimeWithoutProgressIsAskedOnce) {
  is_containerd();
  runtime_.on(method::list_statuses, FakeRuntime::refuse(Code::unimplemented, "unknown service"));
  runtime_.on(method::pull_image, {.never = true});
  std::optional<Pulled> got;
  auto handle = begin(got);
  run_for(1200ms);
  EXPECT_THAT(runtime_.asked(method::list_statuses), SizeIs(1));
  EXPECT_THAT(progress_, IsEmpty());
}

TEST_F(PullTest, NoProgressComesAfterTheHandle) {
  is_containerd();
  runtime_.on(method::pull_image, {.never = true});
  std::optional<Pulled> got;
  auto handle = begin(got);
  ASSERT_TRUE(run_until([&] { return is_under_way(); }));
  handle.reset();
  run_for(700ms);
  EXPECT_THAT(runtime_.asked(method::list_statuses), IsEmpty());
}

}  // namespace
}  // namespace kip::cri
