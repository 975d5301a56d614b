#include "http/system_cas.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <unistd.h>

#include "testing/certificates.h"

namespace kip::http {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CaPlaces places_with(const std::map<std::string, const char*>& environment) {
  return ca_places([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second;
  });
}

class SystemCasTest : public ::testing::Test {
 protected:
  SystemCasTest() {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "bundle.pem") << testing::Authority().pem();
    std::ofstream(folder_ / "empty.pem");
  }
  ~SystemCasTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return folder_ / name; }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("kip-cas-" + std::to_string(::getpid()));
};

int certificates_in(X509_STORE* store) {
  return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

TEST_F(SystemCasTest, TheBundleOfTheImageIsLookedForWithoutAnyVariable) {
  const auto places = places_with({});
  EXPECT_THAT(places.files, Contains("/etc/ssl/certs/ca-certificates.crt"));
  EXPECT_THAT(places.files, Contains("/etc/pki/tls/certs/ca-bundle.crt"));
  EXPECT_THAT(places.folders, Contains("/etc/ssl/certs"));
}

TEST_F(SystemCasTest, SslCertFileAndSslCertDirReplaceTheUsualPlaces) {
  const auto places = places_with({{"SSL_CERT_FILE", "/a.pem"}, {"SSL_CERT_DIR", "/b:/c"}});
  EXPECT_THAT(places.files, ElementsAre("/a.pem"));
  EXPECT_THAT(places.folders, ElementsAre("/b", "/c"));
}

TEST_F(SystemCasTest, TheFirstBundleThatHoldsCertificatesIsTaken) {
  const auto found = read_system_cas(
      {{path("absent.pem"), path("empty.pem"), path("bundle.pem"), path("bundle.pem")}, {}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(certificates_in(found->get()), 1);
}

TEST_F(SystemCasTest, AFolderOfCertificatesIsEnough) {
  EXPECT_TRUE(read_system_cas({{path("absent.pem")}, {folder_}}));
}

TEST_F(SystemCasTest, WithoutAnyAllThatWasLookedForIsNamed) {
  const auto found =
      read_system_cas({{path("absent.pem"), path("empty.pem")}, {path("no-folder")}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::permanent);
  for (const char* name : {"absent.pem", "empty.pem", "no-folder", "SSL_CERT_FILE"})
    EXPECT_THAT(found.error().message, HasSubstr(name));
}

}  // namespace
}  // namespace kip::http
