// The hash of bytes that come one after the other. OpenSSL ends here. A value: a copy goes on by
// itself. Any thread may use one of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace kip::http {

class Hash {
 public:
  // Of nothing yet. "sha256", "sha384" or "sha512"; any other name ends the process.
  explicit Hash(std::string_view algorithm = "sha256");
  Hash(const Hash& other);
  Hash& operator=(const Hash& other);
  Hash(Hash&&) noexcept = default;
  Hash& operator=(Hash&&) noexcept = default;

  void add(std::string_view bytes);
  // Of all that was added so far, in lower-case hexadecimal digits. More may be added after that.
  std::string hex() const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace kip::http
