// The CAs that this machine trusts, for a kubeconfig that names none. Looked for where OpenSSL, Go
// and the distributions keep them; our OpenSSL is linked statically, and only knows Debian's place.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/certificate.h"

namespace kip::http {

struct CaPlaces {
  std::vector<std::string> files;    // bundles in PEM: the first that can be read is taken
  std::vector<std::string> folders;  // of certificates under their hashed names (c_rehash(1))
  bool operator==(const CaPlaces&) const = default;
};

// SSL_CERT_FILE and SSL_CERT_DIR (a list with colons) replace the usual files and folders, as for
// OpenSSL and Go. `variable` gives an environment variable's value, null where it is unset.
CaPlaces ca_places(const std::function<const char*(const char*)>& variable);

// Reading a bundle of 140 certificates takes about 25 ms. Permanent Error with all that was looked
// at where there is neither a bundle nor a folder.
Result<OpensslPtr<X509_STORE>> read_system_cas(const CaPlaces& places);

}  // namespace kip::http
