#include "http/hash.h"

#include <array>
#include <cstdlib>

namespace kip::http {

Hash::Hash(std::string_view algorithm) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* method = algorithm == "sha256"   ? EVP_sha256()
                         : algorithm == "sha384" ? EVP_sha384()
                         : algorithm == "sha512" ? EVP_sha512()
                                                 : nullptr;
  if (method == nullptr || EVP_DigestInit_ex(context_.get(), method, nullptr) != 1) std::abort();
}

Hash::Hash(const Hash& other) : context_(EVP_MD_CTX_new()) {
  if (EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) != 1) std::abort();
}

Hash& Hash::operator=(const Hash& other) {
  if (this != &other) *this = Hash(other);
  return *this;
}

void Hash::add(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Hash::hex() const {
  const Hash copy(*this);  // OpenSSL's context ends with its result
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(copy.context_.get(), bytes.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 15U];
  }
  return text;
}

}  // namespace kip::http
