#include "registry/manifest_fetch.h"

#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

class ManifestFetchTest : public ClientTest {
 protected:
  Result<Manifest, Failure> get(const std::string& digest,
                                std::vector<Credentials> credentials = {}) {
    std::optional<Result<Manifest, Failure>> seen;
    handle_ = client().get_manifest(image(), std::move(credentials), *types::parse_digest(digest),
                                    [&](const auto& result) {
                                      seen = result;
                                      handle_.reset();
                                      loop_.stop();
                                    });
    run();
    return seen ? *seen : Failure{Kind::transient, "nothing within the test's patience"};
  }
};

TEST_F(ManifestFetchTest, ItsBytesAndTypeComeByItsDigest) {
  registry_.edit()->auth = Auth::bearer;
  const auto got = get(digest(), {good_});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, registry_.edit()->manifest);
  EXPECT_EQ(got->resolved.digest.text(), digest());
  EXPECT_EQ(got->resolved.media_type, "application/vnd.oci.image.index.v1+json");
  EXPECT_EQ(asked().back(), "GET /v2/a/b/manifests/" + digest());
}

TEST_F(ManifestFetchTest, OneWithAnotherDigestIsNotTaken) {
  registry_.edit()->hides_digest = true;
  expect_failure(get("sha256:" + std::string(64, 'a')), Kind::bad_answer, "has the digest");
}

TEST_F(ManifestFetchTest, OneOfSchema1IsNotTaken) {
  registry_.edit()->manifest = R"({"schemaVersion":1,"name":"a/b","tag":"next"})";
  expect_failure(get(digest()), Kind::bad_answer, "no manifest of schema 2");
}

}  // namespace
}  // namespace kip::registry
