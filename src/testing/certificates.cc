#include "testing/certificates.h"

#include <algorithm>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "http/certificate.h"

namespace kip::testing {

namespace {

std::string text_of(BIO* out) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const http::OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  return text_of(out.get());
}

std::string pem_of(EVP_PKEY* key) {
  const http::OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(out.get());
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

http::OpensslPtr<X509> blank(const std::string& name, EVP_PKEY* key, long seconds) {
  static long serial = 1;
  http::OpensslPtr<X509> made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), std::min(0L, seconds) - 86400);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

}  // namespace

struct Authority::Keys {
  http::OpensslPtr<EVP_PKEY> key{EVP_EC_gen("P-256")};
  http::OpensslPtr<X509> certificate;
  std::string pem;
};

Authority::Authority(const std::string& name) : keys_(std::make_unique<Keys>()) {
  keys_->certificate = blank(name, keys_->key.get(), 86400);
  X509* made = keys_->certificate.get();
  X509_set_issuer_name(made, X509_get_subject_name(made));
  extend(made, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(made, keys_->key.get(), EVP_sha256());
  keys_->pem = pem_of(made);
}

Authority::~Authority() = default;

const std::string& Authority::pem() const { return keys_->pem; }

Issued Authority::issue(const std::string& common_name, const std::string& names,
                        long seconds) const {
  const http::OpensslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const auto made = blank(common_name, key.get(), seconds);
  X509_set_issuer_name(made.get(), X509_get_subject_name(keys_->certificate.get()));
  if (!names.empty()) extend(made.get(), NID_subject_alt_name, names);
  X509_sign(made.get(), keys_->key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

}  // namespace kip::testing
