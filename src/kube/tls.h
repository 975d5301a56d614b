// How a connection to the API server is secured: which CA is trusted, which name or address the
// certificate must carry, and our own certificate. OpenSSL ends here. Immutable but for the last
// failure; belongs to the loop.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/result.h"

namespace kip::kube {

struct TlsSettings {
  std::string ca_pem;       // "": the system's CAs
  std::string ca_origin;    // for messages: `certificate authority file "/x/ca.crt"`
  std::string server_name;  // name or IP address that the certificate has to carry
  bool insecure_skip_verify = false;
  std::string certificate_pem, key_pem;  // ours; both or none
  bool operator==(const TlsSettings&) const = default;
};

class Tls {
 public:
  // Permanent Error where a PEM text cannot be read or the key does not belong to the certificate.
  static Result<std::shared_ptr<Tls>> make(const TlsSettings& settings);

  // Sets up the context of a new connection. This object must outlive the connection.
  void apply(SSL_CTX* context);

  // Why the last handshake did not trust the server, with what its certificate says and what was
  // expected; "" if it did.
  const std::string& distrust() const { return distrust_; }

 private:
  struct Loaded;
  Tls() = default;
  static int verify(X509_STORE_CTX* chain, void* self);
  static void on_info(const SSL* ssl, int where, int value);

  TlsSettings settings_;
  std::shared_ptr<Loaded> loaded_;
  std::string distrust_;
};

}  // namespace kip::kube
