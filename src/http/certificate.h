// Reading of X.509 certificates and keys, and what they say in words. Pure over OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/x509.h>

#include "base/result.h"

namespace kip::http {

struct OpensslFree {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
};
template <class T>
using OpensslPtr = std::unique_ptr<T, OpensslFree>;

// Every certificate of a PEM text, at least one. `origin` says whose, for the message.
Result<std::vector<OpensslPtr<X509>>> read_certificates(const std::string& pem,
                                                        const std::string& origin);
// A private key without a passphrase.
Result<OpensslPtr<EVP_PKEY>> read_private_key(const std::string& pem, const std::string& origin);

// `subject "CN=kube-apiserver", issuer "CN=kubernetes", for DNS:kubernetes, IP:10.96.0.1, valid
// from … to …`
std::string describe(X509* certificate);

}  // namespace kip::http
