#include "http/tls.h"

#include <cstdlib>

#include <openssl/x509v3.h>

#include "base/host_and_port.h"
#include "base/text.h"
#include "http/certificate.h"
#include "http/server_url.h"
#include "http/system_cas.h"

// cpprestsdk has OpenSSL read the system's bundle of CAs for each connection, before it asks us
// which CAs are to be trusted: 25 ms each time where there is a bundle. The linker puts this in the
// place of that call (--wrap in CMakeLists.txt), for the library has no setting against it.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker asks for this name
extern "C" int __wrap_SSL_CTX_set_default_verify_paths(SSL_CTX*) { return 1; }

namespace kip::http {

namespace {

// Where a context keeps the Tls it belongs to: OpenSSL's info callback has no argument.
int context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Once a process: it takes 25 ms, and an operator has two ways to its cluster. Where there are none
// it is looked for again.
Result<X509_STORE*> system_cas() {
  static OpensslPtr<X509_STORE> store;
  static CaPlaces read_from;
  const CaPlaces places = ca_places(std::getenv);
  if (!store || !(read_from == places)) {
    auto found = read_system_cas(places);
    if (!found) return found.error();
    store = std::move(*found);
    read_from = places;
  }
  return store.get();
}

// The same with more CAs beside them, in a store of its own: who asks for the system's gets no more
// than these. Where the system has none, the others are all.
Result<X509_STORE*> system_cas_and(const std::string& pem, const std::string& origin) {
  static OpensslPtr<X509_STORE> store;
  static CaPlaces read_from;
  static std::string with;
  const CaPlaces places = ca_places(std::getenv);
  if (store && read_from == places && with == pem) return store.get();
  auto more = read_certificates(pem, origin);
  if (!more) return more.error();
  auto found = read_system_cas(places);
  OpensslPtr<X509_STORE> fresh(found ? std::move(*found)
                                     : OpensslPtr<X509_STORE>(X509_STORE_new()));
  for (const auto& each : *more) X509_STORE_add_cert(fresh.get(), each.get());
  store = std::move(fresh);
  read_from = places;
  with = pem;
  return store.get();
}

}  // namespace

Result<std::shared_ptr<Tls>> Tls::make(const TlsSettings& settings) {
  auto tls = std::shared_ptr<Tls>(new Tls);
  tls->settings_ = settings;
  tls->context_ = SSL_CTX_new(TLS_client_method());
  if (tls->context_ == nullptr) return permanent("OpenSSL cannot be used: no context");
  if (!settings.ca_pem.empty()) {
    auto authorities = read_certificates(settings.ca_pem, settings.ca_origin);
    if (!authorities) return authorities.error();
    X509_STORE* trusted = SSL_CTX_get_cert_store(tls->context_);
    for (const auto& each : *authorities) X509_STORE_add_cert(trusted, each.get());
  } else if (!settings.insecure_skip_verify) {
    const auto trusted = settings.extra_ca_pem.empty()
                             ? system_cas()
                             : system_cas_and(settings.extra_ca_pem, settings.extra_ca_origin);
    if (!trusted) return trusted.error();
    SSL_CTX_set1_cert_store(tls->context_, *trusted);
  }
  if (!settings.certificate_pem.empty())
    if (const auto used = tls->use_certificate(); !used) return used.error();
  tls->set_up_rules();
  return tls;
}

Tls::~Tls() { SSL_CTX_free(context_); }

SSL_CTX* Tls::share() const {
  SSL_CTX_up_ref(context_);
  return context_;
}

Status Tls::use_certificate() {
  auto chain = read_certificates(settings_.certificate_pem, "the client certificate");
  if (!chain) return chain.error();
  auto key = read_private_key(settings_.key_pem, "the client key");
  if (!key) return key.error();
  if (X509_check_private_key(chain->front().get(), key->get()) != 1)
    return permanent("the client key does not belong to the client certificate (" +
                     describe(chain->front().get()) + ")");
  SSL_CTX_use_certificate(context_, chain->front().get());
  for (std::size_t i = 1; i < chain->size(); ++i)
    SSL_CTX_add1_chain_cert(context_, (*chain)[i].get());
  SSL_CTX_use_PrivateKey(context_, key->get());
  return Done{};
}

void Tls::set_up_rules() {
  // What the library, or Asio, would set on a context of its own.
  SSL_CTX_set_options(context_, SSL_OP_ALL | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context_);
  // As in Go's clients: the given CA may be an intermediate one, and only subject alternative
  // names count, never the CN (RFC 9525).
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_ip_address(settings_.server_name))
    X509_VERIFY_PARAM_set1_ip_asc(rules, settings_.server_name.c_str());
  else
    X509_VERIFY_PARAM_set1_host(rules, settings_.server_name.c_str(), 0);
  SSL_CTX_set_ex_data(context_, context_index(), this);
  SSL_CTX_set_info_callback(context_, on_info);
  if (!settings_.insecure_skip_verify) SSL_CTX_set_cert_verify_callback(context_, verify, this);
}

// Takes the place of OpenSSL's own call of X509_verify_cert, to learn why it says no. It also puts
// aside the library's own check, which knows only the URL's host and would also take the CN.
int Tls::verify(X509_STORE_CTX* chain, void* self) {
  auto& tls = *static_cast<Tls*>(self);
  X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX*) { return ok; });
  const bool trusted = X509_verify_cert(chain) == 1;
  tls.distrust_.clear();
  if (trusted) return 1;
  X509* certificate = X509_STORE_CTX_get0_cert(chain);
  tls.distrust_ =
      std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain))) +
      "; the server's certificate: " + (certificate == nullptr ? "none" : describe(certificate)) +
      "; expected one for " + quoted(tls.settings_.server_name, 253) + ", signed by " +
      (tls.settings_.ca_pem.empty() ? "one of the system's CAs" : tls.settings_.ca_origin) +
      (tls.settings_.extra_ca_pem.empty() ? "" : " or of " + tls.settings_.extra_ca_origin);
  return 0;
}

// Before the ClientHello: names the server that is wanted (SNI, RFC 6066: names only, no address).
void Tls::on_info(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  const auto* tls = static_cast<Tls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index()));
  if (tls == nullptr || is_ip_address(tls->settings_.server_name)) return;
  SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), tls->settings_.server_name.c_str());
}

}  // namespace kip::http
