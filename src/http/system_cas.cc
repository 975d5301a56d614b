#include "http/system_cas.h"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include "base/text.h"

namespace kip::http {

namespace {

bool is_folder(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

CaPlaces ca_places(const std::function<const char*(const char*)>& variable) {
  const auto value = [&](const char* name) {
    const char* found = variable(name);
    return std::string(found == nullptr ? "" : found);
  };
  CaPlaces places;
  if (const auto file = value(X509_get_default_cert_file_env()); !file.empty())
    places.files = {file};
  else
    places.files = {
        X509_get_default_cert_file(),
        "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Alpine, Arch; our image
        "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS, RHEL 7
        "/etc/ssl/ca-bundle.pem",                             // openSUSE
        "/etc/ssl/cert.pem",                                  // Alpine, the BSDs
    };
  if (const auto folders = value(X509_get_default_cert_dir_env()); !folders.empty())
    places.folders = split(folders, ':');
  else
    places.folders = {X509_get_default_cert_dir(), "/etc/ssl/certs", "/etc/pki/tls/certs"};
  return places;
}

Result<OpensslPtr<X509_STORE>> read_system_cas(const CaPlaces& places) {
  OpensslPtr<X509_STORE> store(X509_STORE_new());
  bool found = false;
  for (const auto& file : places.files) {
    // A bundle that breaks off is taken as far as it goes, as OpenSSL's own defaults are.
    found = X509_STORE_load_file(store.get(), file.c_str()) == 1;
    if (found) break;
  }
  // Read when a certificate is looked for, so these cost nothing now.
  for (const auto& folder : places.folders)
    found |= is_folder(folder) && X509_STORE_load_path(store.get(), folder.c_str()) == 1;
  ERR_clear_error();
  if (found) return store;
  auto looked_at = places.files;
  looked_at.insert(looked_at.end(), places.folders.begin(), places.folders.end());
  return permanent(
      "no certificate authority is given, and this machine has none; looked for: " +
      joined(looked_at) +
      "; expected certificate-authority in the kubeconfig, or SSL_CERT_FILE with the path of a "
      "bundle in PEM");
}

}  // namespace kip::http
