#include "http/certificate.h"

#include <array>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/text.h"

namespace kip::http {

namespace {

std::string last_openssl_error() {
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown format" : reason;
}

std::string in_words(const X509_NAME* name) {
  const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return quoted(std::string_view(text, static_cast<std::size_t>(size)), 200);
}

std::string in_words(const ASN1_TIME* time) {
  const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string names_of(X509* certificate) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    std::array<char, INET6_ADDRSTRLEN> address{};
    if (name->type == GEN_DNS) {
      const std::string dns = quoted(bytes_of(name->d.dNSName));
      names.push_back("DNS:" + dns.substr(1, dns.size() - 2));
    } else if (name->type == GEN_IPADD) {
      const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      if (inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address.data(),
                    address.size()) != nullptr)
        names.push_back(std::string("IP:") + address.data());
    }
  }
  GENERAL_NAMES_free(all);
  return names.empty() ? "no name" : joined(names);
}

}  // namespace

Result<std::vector<OpensslPtr<X509>>> read_certificates(const std::string& pem,
                                                        const std::string& origin) {
  const OpensslPtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<OpensslPtr<X509>> all;
  ERR_clear_error();
  while (auto* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (all.empty() || !at_end) {
    const std::string which =
        all.empty() ? "" : " after " + std::to_string(all.size()) + " good ones";
    return permanent(origin + " holds no readable certificate" + which + " (" +
                     (at_end ? "no -----BEGIN CERTIFICATE-----" : last_openssl_error()) +
                     "); expected certificates in PEM");
  }
  ERR_clear_error();
  return all;
}

Result<OpensslPtr<EVP_PKEY>> read_private_key(const std::string& pem, const std::string& origin) {
  const OpensslPtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  ERR_clear_error();
  // Without this callback OpenSSL would ask for a passphrase at the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  OpensslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  if (!key)
    return permanent(origin + " holds no readable private key (" + last_openssl_error() +
                     "); expected one in PEM without a passphrase");
  return key;
}

std::string describe(X509* certificate) {
  return "subject " + in_words(X509_get_subject_name(certificate)) + ", issuer " +
         in_words(X509_get_issuer_name(certificate)) + ", for " + names_of(certificate) +
         ", valid from " + in_words(X509_get0_notBefore(certificate)) + " to " +
         in_words(X509_get0_notAfter(certificate));
}

}  // namespace kip::http
