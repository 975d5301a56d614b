// How connections to one server are secured: which CA is trusted, which name or address the
// certificate must carry, and our own certificate. OpenSSL ends here. Immutable but for the last
// failure; belongs to the loop.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/result.h"

namespace kip::http {

struct TlsSettings {
  std::string ca_pem;     // "": the system's CAs
  std::string ca_origin;  // for messages: `certificate authority file "/x/ca.crt"`
  // Trusted beside the system's CAs, where ca_pem is empty. One text of these at a time is kept
  // for the process, with the system's.
  std::string extra_ca_pem = {}, extra_ca_origin = {};
  std::string server_name;  // name or IP address that the certificate has to carry
  bool insecure_skip_verify = false;
  std::string certificate_pem, key_pem;  // ours; both or none
  bool operator==(const TlsSettings&) const = default;
};

class Tls {
 public:
  // Permanent Error where a PEM text cannot be read, the key does not belong to the certificate, or
  // no CA is given and the system has none. The system's bundle is read here, and nowhere else.
  static Result<std::shared_ptr<Tls>> make(const TlsSettings& settings);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // The one context of all connections, with a reference for the caller. This object must outlive
  // them. A context of its own would cost each connection memory, and time for its set-up.
  SSL_CTX* share() const;

  // Why the last handshake did not trust the server, with what its certificate says and what was
  // expected; "" if it did.
  const std::string& distrust() const { return distrust_; }

 private:
  Tls() = default;
  Status use_certificate();
  void set_up_rules();
  static int verify(X509_STORE_CTX* chain, void* self);
  static void on_info(const SSL* ssl, int where, int value);

  TlsSettings settings_;
  SSL_CTX* context_ = nullptr;
  std::string distrust_;
};

}  // namespace kip::http
