#include "registry/blob.h"

#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;

class BlobTest : public ClientTest {
 protected:
  Blob blob(std::optional<std::uint64_t> size = std::nullopt) {
    return {*types::parse_digest(registry_.edit()->digest_of_blob()), size};
  }
  // As if the first `count` bytes had come before.
  BlobProgress after(std::size_t count) {
    BlobProgress progress(blob().digest);
    progress.hash.add(registry_.edit()->blob.substr(0, count));
    progress.received = count;
    return progress;
  }
};

TEST_F(BlobTest, ItsBytesComeAndItsHashIsChecked) {
  auto progress = after(0);
  ASSERT_TRUE(fetch(blob(10), progress));
  EXPECT_EQ(bytes_, "0123456789");
  EXPECT_EQ(progress.received, 10U);
  EXPECT_EQ(registry_.requests()[0].header("Range"), "");
}

TEST_F(BlobTest, ALargeOneIsNotHeldAndNeedsNoDeadline) {
  registry_.edit()->blob = std::string(20 << 20, 'x');
  options_.max_manifest = 1000;
  auto progress = after(0);
  const auto result = fetch(blob(), progress);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(bytes_.size(), 20U << 20U);
}

TEST_F(BlobTest, ItGoesOnWhereItWasLeft) {
  auto progress = after(4);
  ASSERT_TRUE(fetch(blob(10), progress));
  EXPECT_EQ(bytes_, "456789");
  EXPECT_EQ(registry_.requests()[0].header("Range"), "bytes=4-");
}

TEST_F(BlobTest, OneThatBreaksIsTakenFurtherByTheNextFetch) {
  std::string whole;
  for (int i = 0; whole.size() < 100000; ++i) whole += std::to_string(i);
  registry_.edit()->blob = whole;
  std::atomic<int> tries = 0;
  registry_.edit()->trouble = [&](auto& peer, const auto&) {
    if (tries++ > 0) return false;
    peer.write("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n" +
               whole.substr(0, 50000));
    peer.end(false);
    return true;
  };
  auto progress = after(0);
  expect_failure(fetch(blob(whole.size()), progress), Kind::transient);
  const auto had = progress.received;
  EXPECT_GT(had, 0U);
  EXPECT_TRUE(fetch(blob(whole.size()), progress));
  EXPECT_EQ(bytes_, whole);
  EXPECT_EQ(registry_.requests()[1].header("Range"), "bytes=" + std::to_string(had) + "-");
}

TEST_F(BlobTest, WhereNoRangeIsKnownWhatWeHaveIsSkipped) {
  registry_.edit()->knows_range = false;
  auto progress = after(4);
  ASSERT_TRUE(fetch(blob(10), progress));
  EXPECT_EQ(bytes_, "456789");
}

TEST_F(BlobTest, OneThatIsAllThereIsOnlyChecked) {
  auto progress = after(10);
  EXPECT_TRUE(fetch(blob(10), progress));
  EXPECT_TRUE(registry_.requests().empty());
  BlobProgress wrong(blob().digest);
  wrong.received = 10;
  expect_failure(fetch(blob(10), wrong), Kind::bad_answer, "gave a blob with the digest sha256:");
}

TEST_F(BlobTest, AnotherRangeThanWasAskedForIsNotTaken) {
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    return peer.answer(206, "x", "Content-Range: bytes 3-9/10\r\n");
  };
  auto progress = after(4);
  expect_failure(fetch(blob(10), progress), Kind::bad_answer, "from byte 3, expected 4");
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    return peer.answer(206, "x", "Content-Range: s3cret\r\n");
  };
  expect_failure(fetch(blob(10), progress), Kind::bad_answer, "from byte unknown");
  EXPECT_EQ(bytes_, "");
}

TEST_F(BlobTest, OtherBytesThanItsOwnAreSaidAtTheEnd) {
  const auto wanted = blob(10);
  registry_.edit()->blob = "9876543210";
  auto progress = after(0);
  progress = BlobProgress(wanted.digest);
  expect_failure(fetch(wanted, progress), Kind::bad_answer, "gave a blob with the digest");
}

TEST_F(BlobTest, MoreAndFewerBytesThanItsSizeAreNotTaken) {
  auto progress = after(0);
  expect_failure(fetch(blob(9), progress), Kind::bad_answer, "more than the 9 bytes");
  auto again = after(0);
  expect_failure(fetch(blob(11), again), Kind::bad_answer, "ended after 10 bytes, expected 11");
}

TEST_F(BlobTest, AnEmptyOneIsOne) {
  registry_.edit()->blob = "";
  auto progress = after(0);
  EXPECT_TRUE(fetch(blob(), progress));
  EXPECT_TRUE(fetch(blob(0), progress));
}

TEST_F(BlobTest, ALongerHashIsCheckedToo) {
  http::Hash hash("sha512");
  hash.add("0123456789");
  const Blob wanted{*types::parse_digest("sha512:" + hash.hex())};
  BlobProgress progress(wanted.digest);
  EXPECT_TRUE(fetch(wanted, progress));
}

TEST_F(BlobTest, WhereItIsKeptElsewhereNoCredentialsGoThere) {
  FakeRegistry store(identity());
  registry_.edit()->auth = Auth::bearer;
  registry_.edit()->trouble = [&](auto& peer, const auto& request) {
    return request.authorization.starts_with("Bearer") &&
           peer.answer(307, "", "Location: " + store.url() + "/x/blobs/y?signature=s3cret\r\n");
  };
  auto progress = after(4);
  ASSERT_TRUE(fetch(blob(10), progress, {good_}));
  EXPECT_EQ(bytes_, "456789");
  EXPECT_EQ(store.requests()[0].authorization, "");
  EXPECT_EQ(store.requests()[0].header("Range"), "bytes=4-");
}

TEST_F(BlobTest, WhileBytesComeOthersHaveTheirTurn) {
  registry_.edit()->trouble = [](auto& peer, const auto& request) {
    if (request.kind != kip::testing::RegistryRequest::Kind::blob) return false;
    peer.write("HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n" + std::string(50000, 'x'));
    peer.wait_until_closed();
    return true;
  };
  BlobProgress progress(blob().digest);
  HandlePtr asking;
  bool resolved = false;
  auto fetching = client().fetch_blob(
      image(), {}, {blob().digest}, progress,
      [&](std::string_view) {
        if (asking) return;
        asking = client().resolve(image(), {}, [&](auto result) {
          resolved = result.ok();
          loop_.stop();
        });
      },
      [](auto) { ADD_FAILURE(); });
  run();
  EXPECT_TRUE(resolved);
  asking.reset();
  fetching.reset();
}

TEST_F(BlobTest, OneThatStallsIsGivenUp) {
  options_.idle = 1s;
  registry_.edit()->trouble = [](auto& peer, const auto&) {
    peer.write("HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n" + std::string(50000, 'x'));
    peer.wait_until_closed();
    return true;
  };
  auto progress = after(0);
  expect_failure(fetch(blob(), progress), Kind::transient, "no byte for 1s");
}

TEST_F(BlobTest, WhoGivesItUpAtItsFirstBytesGetsNoMore) {
  registry_.edit()->trouble = [&](auto& peer, const auto&) {
    peer.answer(200, std::string(1 << 20, 'x'));
    peer.wait_until_closed();
    loop_.post([&] { loop_.stop(); });
    return true;
  };
  auto progress = after(0);
  int calls = 0;
  handle_ = client().fetch_blob(
      image(), {}, blob(), progress,
      [&](std::string_view) {
        ++calls;
        handle_.reset();
      },
      [](auto) { ADD_FAILURE(); });
  run();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace kip::registry
